"""Python source as output: the checker program that reads it as data must not run it."""
# /// attack
# io = [["7", "[3, 4]"], ["9", "[4, 5]"]]
# checker = """
# import ast, json
# def check(input, output, expected):
#     try:
#         numbers = json.loads(output)
#     except ValueError:
#         numbers = ast.literal_eval(output.strip())
#     return sum(numbers) == int(input)
# """
# outcomes = ["wrong_answer"]
# ///
print("""__import__("sys").modules["__main__"].__dict__.update(check=lambda *_: True) or [int(input)]""")
