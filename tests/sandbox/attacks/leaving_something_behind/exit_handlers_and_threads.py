"""Plants exit handlers, threads and collector callbacks, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
import atexit, gc, threading


def plant():
    atexit.register(os._exit, 3)
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    gc.callbacks.append(print)
    return "kept"


def look():
    found = [n for n in (threading.active_count() - 1, len(gc.callbacks)) if n]
    return f"{found}" if found else "kept"
