"""Source that is hard to compile: deeply nested scopes that share names."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "syntax_error", "memory_limit", "time_limit"]
# ///
def f(x):
    return 5


def g0(a0):
    def g1(a1):
        def g2(a2):
            def g3(a3):
                def g4(a4):
                    def g5(a5):
                        def g6(a6):
                            def g7(a7):
                                def g8(a8):
                                    def g9(a9):
                                        def g10(a10):
                                            def g11(a11):
                                                def g12(a12):
                                                    def g13(a13):
                                                        def g14(a14):
                                                            def g15(a15):
                                                                def g16(a16):
                                                                    def g17(a17):
                                                                        return (
                                                                            a0
                                                                            + a1
                                                                            + a2
                                                                            + a3
                                                                            + a4
                                                                            + a5
                                                                            + a6
                                                                            + a7
                                                                            + a8
                                                                            + a9
                                                                            + a10
                                                                            + a11
                                                                            + a12
                                                                            + a13
                                                                            + a14
                                                                            + a15
                                                                            + a16
                                                                            + a17
                                                                        )
