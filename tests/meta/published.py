"""Data of published meta-analyses that are no data sets of the package.

Molloy et al. 2014, Annals of Behavioral Medicine 47:92 (correlations of conscientiousness and medication adherence);
Normand 1999, Statistics in Medicine 18:321, Table II (lengths of stay in hospital after a stroke); Egger, Davey Smith
and Altman 2001, Systematic Reviews in Health Care, Table 18.2 (intravenous magnesium after a heart attack); Li et al.
2007, Cochrane Database of Systematic Reviews 2, CD002755 (the same treatment in other trials).
"""

MOLLOY = {
    "study": [
        *("Axelsson 2009", "Axelsson 2011", "Bruce 2010", "Christensen 1999", "Christensen & Smith 1995", "Cohen 2004"),
        *("Dobbels 2005", "Ediger 2007", "Insel 2006", "Jerant 2011", "Moran 1997", "O'Cleirigh 2007", "Penedo 2003"),
        *("Quine 2012", "Stilley 2004", "Wiebe & Christensen 1997"),
    ],
    "n": [109, 749, 55, 107, 72, 65, 174, 326, 58, 771, 56, 91, 116, 537, 158, 65],
    "r": [0.187, 0.162, 0.34, 0.32, 0.27, 0.0, 0.175, 0.05, 0.26, 0.01, -0.09, 0.37, 0.0, 0.15, 0.24, 0.04],
}

NORMAND = {
    "hospital": [
        *("Edinburgh", "Orpington-Mild", "Orpington-Moderate", "Orpington-Severe", "Montreal-Home"),
        *("Montreal-Transfer", "Newcastle", "Umea", "Uppsala"),
    ],
    "n1": [155, 31, 75, 18, 8, 57, 34, 110, 60],
    "m1": [55, 27, 64, 66, 14, 19, 52, 21, 30],
    "sd1": [47, 7, 17, 20, 8, 7, 45, 16, 27],
    "n2": [156, 32, 71, 18, 13, 52, 33, 183, 52],
    "m2": [75, 29, 119, 137, 18, 18, 41, 31, 23],
    "sd2": [64, 4, 29, 48, 11, 4, 34, 27, 20],
}

MAGNESIUM = {
    "trial": [
        *("Morton", "Rasmussen", "Smith", "Abraham", "Feldstedt", "Shechter 1989", "Ceremuzynski", "Bertschat"),
        *("Singh", "Pereira", "Shechter 1991", "Golf", "Thogersen", "LIMIT-2", "Shechter 1995", "ISIS-4"),
    ],
    "ai": [1, 9, 2, 1, 10, 1, 1, 0, 6, 1, 2, 5, 4, 90, 4, 2216],
    "n1i": [40, 135, 200, 48, 150, 59, 25, 22, 76, 27, 89, 23, 130, 1159, 107, 29011],
    "ci": [2, 23, 7, 1, 8, 9, 3, 1, 11, 7, 12, 13, 8, 118, 17, 2103],
    "n2i": [36, 135, 200, 46, 148, 56, 23, 21, 75, 27, 80, 33, 122, 1157, 108, 29039],
}

MAGNESIUM_2007 = {
    "trial": [
        *("Morton", "Rasmussen", "Smith", "Abraham", "Ceremuzynski", "Shechter 1990", "Singh", "Feldstedt"),
        *("Shechter 1991", "Woods", "Wu", "Thogersen", "Shechter 1995", "ISIS-4", "Bhargava", "Urek", "Raghu", "MAGIC"),
        *("Gyamlani", "Santoro", "Zhu", "Nakashima"),
    ],
    "ai": [1, 4, 2, 1, 1, 1, 6, 10, 2, 90, 5, 4, 4, 2216, 3, 1, 6, 475, 2, 0, 101, 1],
    "n1i": [40, 56, 92, 48, 25, 50, 81, 150, 21, 1150, 125, 130, 96, 29011, 40, 31, 169, 3113, 50, 75, 1691, 89],
    "ci": [2, 14, 7, 1, 3, 9, 11, 8, 4, 118, 12, 8, 17, 2103, 3, 0, 18, 472, 10, 1, 134, 3],
    "n2i": [36, 74, 93, 46, 23, 53, 81, 148, 25, 1150, 102, 122, 98, 29039, 38, 30, 181, 3100, 50, 75, 1488, 91],
}
