"""A size for which the checker program allocates more memory than it has."""
# /// attack
# io = [["7", "7"], ["8", "8"]]
# checker = """
# def check(input, output, expected):
#     return len([0] * int(output)) >= int(input)
# """
# outcomes = ["wrong_answer"]
# ///
print(10**10)
