"""System calls: every number that no program needs, with empty arguments. Left out: 335 and 336, which the kernel answers with SIGILL before any filter."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
REFUSED = [
    (29, 31),
    (41, 43),
    (49, 50),
    (64, 71),
    (92, 94),
    (101, 101),
    (103, 103),
    (105, 106),
    (113, 114),
    (116, 117),
    (119, 119),
    (122, 126),
    (133, 136),
    (139, 139),
    (141, 142),
    (144, 144),
    (148, 148),
    (151, 156),
    (159, 185),
    (187, 199),
    (201, 201),
    (203, 203),
    (205, 212),
    (214, 216),
    (220, 220),
    (227, 227),
    (236, 246),
    (248, 256),
    (259, 261),
    (272, 272),
    (277, 279),
    (288, 288),
    (294, 294),
    (297, 301),
    (303, 308),
    (310, 315),
    (317, 317),
    (319, 321),
    (323, 323),
    (325, 325),
    (329, 331),
    (333, 333),
    (337, 433),
    (438, 438),
    (440, 440),
    (442, 469),
]


def f():
    reached = [
        n
        for first, last in REFUSED
        for n in range(first, last + 1)
        if call(n, 0, 0, 0, 0, 0, 0) not in (-1, -38, -95)
    ]
    return " ".join(map(str, reached)) or "kept"
