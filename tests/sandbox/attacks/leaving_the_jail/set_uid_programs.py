"""Looks for programs that would run as root: owned by a root that exists here, on a mount that honours them."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# limits = { cpu_s = 2.0 }
# ///
import os, stat


def f():
    for top in ("/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/lib", "/lib", "/tmp"):
        for folder, below, names in os.walk(top):
            below[:] = below[:30] if folder.count("/") < 3 else []
            for name in names:
                try:
                    mode = os.lstat(os.path.join(folder, name)).st_mode
                except OSError:
                    continue
                path = os.path.join(folder, name)
                if (
                    mode & (stat.S_ISUID | stat.S_ISGID)
                    and stat.S_ISREG(mode)
                    and os.lstat(path).st_uid == 0
                    and not os.statvfs(path).f_flag & os.ST_NOSUID
                ):
                    return path
    return "kept"
