"""Names of people who do not exist."""

from __future__ import annotations

from typing import Final

FIRST_NAMES: Final = (
    "Ada Amir Ana Anouk Arjun Aya Bela Bruno Carmen Chidi Clara Dana Daud Elif Emil Esther Farid Fenna Gita Goran "
    "Hana Hugo Ida Imani Ines Ivo Jana Jasper Kaia Kenji Lale Leif Lina Luca Mads Malika Marta Mei Milo Nadia "
    "Nils Noor Olga Omar Paolo Petra Quinn Rafael Rosa Samir Sanna Selma Tariq Tilde Uma Vera Viktor Wanda Xenia "
    "Yara Yusuf Zoé Zuri"
).split()
LAST_NAMES: Final = (
    "Abe Adeyemi Ahlberg Almeida Andersen Aydin Bakker Baptiste Berg Bianchi Bose Castro Chen Cohen Costa Dahl "
    "Das Diaz Eriksen Farah Fischer Fontaine Garcia Ghosh Haddad Hansen Horvat Ibrahim Ito Jansen Jovanović Kaya "
    "Khan Kimura Klein Kovács Larsen Lindqvist Lopez Mahlangu Mancini Meyer Moreau Müller Nakamura Ndiaye Novák "
    "Nowak Okafor Olsen Park Pereira Petrov Popescu Rahman Rossi Sato Schmidt Silva Singh Sørensen Tanaka Thomas "
    "Vargas Virtanen Weber Yilmaz"
).split()
