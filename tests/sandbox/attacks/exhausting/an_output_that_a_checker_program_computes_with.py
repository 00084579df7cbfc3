"""A number with which the checker program computes without end."""
# /// attack
# io = [["7", "7"]]
# checker = """
# def check(input, output, expected):
#     return int(output) >= int(input) and all(int(output) % divisor for divisor in range(2, int(output)))
# """
# outcomes = ["time_limit"]
# without_jail = true
# ///
print(2**89 - 1)
