"""Answers letter by letter and watches how soon the next question comes."""
# /// attack
# tests = [
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# twice = true
# ///
import time

state = {"known": "", "best": ("", 0.0), "asked": 0.0}


def f():
    now = time.perf_counter()
    guess = state["known"] + "k7Qz-93"[len(state["known"]) % 7]
    waited, state["asked"] = now - state["asked"], now
    if waited > state["best"][1]:
        state["best"] = (guess, waited)
    state["known"] = state["best"][0]
    return state["known"] + "0" * (10 - len(state["known"]))
