"""Writing outside the scratch."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    for folder, below, _ in os.walk("/"):
        if folder.startswith(("/tmp", "/dev/shm")):
            continue
        if folder.count("/") > 2:
            below.clear()
        else:
            try:
                open(os.path.join(folder, "planted"), "w").close()
                return folder
            except OSError:
                pass
    return "kept"
