"""Tables as schools and offices have them: a header, a row, the column that is read, a warning."""

import shlex
from argparse import ArgumentParser, BooleanOptionalAction

TABLES = """
Apellido Paterno,Apellido Materno,Nombre|García,López,Ana|0|both
Apellido Materno,Apellido Paterno,Nombre(s)|López,García,Ana|1|both
Paterno,Materno,Nombres|García,López,Ana|0|both
Nombre;Ap. Paterno;Ap. Materno|Ana;García;López|1|both
nombre,apellido1,apellido2|Ana,García,López|1|both
NOMBRE,PRIMER APELLIDO,SEGUNDO APELLIDO|ANA,GARCÍA,LÓPEZ|1|both
Nombre,1er apellido|Ana,García|1|sure
Apellidos y nombre,Curso|García López Ana,Primero|0|sure
nombre,segundo apellido|Ana,López|1|sure
name,lastname2|Ana,López|1|sure
Name,Family|Ali,Rezaei|1|sure
Family Name,Surname|Kim,Lee|0|both
First,Last|Anna,Kim|1|sure
First Name,Middle Name,Employee LastName|Anna,Maria,Kim|2|sure
First and Last Name,City|Anna Kim,Rome|0|sure
Full name,Maiden name|Anna Kim,Rossi|1|sure
Nome,Apelidos|Ana,Castro Rial|1|sure
Nome próprio,Primeiro apelido|Ana,Rial|1|sure
Nome,Sobrenome|Ana,Silva|1|sure
Nom,Cognoms|Anna,Puig Serra|1|sure
Nom,Primer cognom,Segon cognom|Anna,Puig,Serra|1|both
Nom,Llinatges|Anna,Puig Serra|1|sure
Izena,Abizena|Ane,Etxeberria|1|sure
Nome,Cognome|Anna,Rossi|1|sure
Prénom,Nom|Anne,Petit|1|sure
Nom,Prénom,Ville|Petit,Anne,Lyon|0|sure
PRENOM;NOM D'USAGE|ANNE;PETIT|1|sure
Vorname,Name|Anna,Huber|1|sure
Rufname,Familienname,Geburtsname|Anna,Huber,Maier|1|both
Voornaam,Tussenvoegsel,Achternaam|Anna,de,Boer|2|sure
Förnamn,Efternamn|Anna,Berg|1|sure
Fornavn,Mellomnavn,Etternavn|Anna,Moe,Berg|2|sure
Etunimi,Sukunimi|Anna,Virtanen|1|sure
Nume,Prenume|Popescu,Ana|0|sure
Prenumele,Numele de familie|Ana,Popescu|1|sure
Imię,Nazwisko|Anna,Nowak|1|sure
Jméno,Příjmení|Anna,Nová|1|sure
JMENO;PRIJMENI|ANNA;NOVA|1|sure
Meno,Priezvisko|Anna,Nová|1|sure
Ime,Priimek|Ana,Novak|1|sure
Ime,Prezime|Ana,Horvat|1|sure
Keresztnév,Vezetéknév|Anna,Nagy|1|sure
Családi név,Utónév|Nagy,Anna|0|sure
Ad,Soyad,Şehir|Ayşe,Demir,İzmir|1|sure
ADI,SOYADI|AYŞE,DEMİR|1|sure
İSMİ,SOYİSMİ|AYŞE,DEMİR|1|sure
Céadainm,Sloinne|Áine,Ní Bhriain|1|sure
имя,отчество,фамилия|Анна,Ивановна,Петрова|2|sure
Имена,Фамилии|Анна,Петрова|1|sure
Ф.И.О.,Город|Петрова Анна,Омск|0|sure
Ім'я,По батькові,Прізвище|Анна,Іванівна,Шевченко|2|sure
Име,Презиме,Фамилия|Анна,Иванова,Петрова|2|both
Име,Презиме|Ана,Петровић|1|sure
Όνομα,Πατρώνυμο,Επώνυμο|Άννα,Ιωάννης,Παππά|2|sure
ΟΝΟΜΑ;ΕΠΩΝΥΜΟ|ΑΝΝΑ;ΠΑΠΠΑ|1|sure
שם פרטי,שם משפחה|חנה,כהן|1|sure
الاسم الأول,اسم الأب,اسم العائلة|سارة,علي,حداد|2|sure
نام,نام خانوادگی|سارا,رضایی|1|sure
पहला नाम,उपनाम|आशा,शर्मा|1|sure
名,姓|丽,王|1|sure
名字,姓|丽,王|1|sure
姓名,城市|王丽,北京|0|sure
名前,名字|花子,佐藤|1|sure
姓,名,姓(カナ)|佐藤,花子,サトウ|0|both
이름,성|민지,김|1|sure
Tên,Họ|An,Nguyễn|1|sure
Họ và tên đệm,Tên|Nguyễn Văn,An|0|sure
Họ và tên,Tỉnh|Nguyễn Văn An,Huế|0|sure
ชื่อ,นามสกุล|นภา,สุขใจ|1|sure
Nombre,Ciudad|Ana García,Lima|0|sure
Nome,Cidade|Ana Silva,Porto|0|sure
имя,город|Анна Петрова,Омск|0|sure
Nom,Pays|Anne Petit,France|0|sure
Country,Name|Italy,Anna Rossi|1|sure
id,Name|7,Anna Rossi|1|sure
Name,Klasse|Anna Huber,7b|0|sure
отчество|Ивановна|0|sure
""".strip().splitlines()
# The first rows of others, in which no heading tells the column
ASKED = """
Имя,Отчество|Анна,Ивановна
Vorname,Ort|Anna,Graz
Prénom,Ville|Anne,Lyon
Middle name,First name,Country|Maria,Anna,Italy
Vorname,Alter|Anna,17
First name,Mail|Anna,anna@example.org
wer,nr|Rossi,1
Student,Class|Rossi,7b
1,Rossi,Rome|2,Kim,Seoul
""".strip().splitlines()


def headed_tables():
    """Yield the content, the column and whether a warning names several, of each table."""
    for line in TABLES:
        header, row, column, kind = line.split("|")
        yield f"{header}\n{row}\n".encode(), int(column), kind == "both"


def guess_of(question):
    """Return the options that a question ends with, as read_table has them."""
    parser = ArgumentParser()
    parser.add_argument("--column", "--text-column")
    parser.add_argument("--label-column")
    parser.add_argument("--header", action=BooleanOptionalAction)
    _, _, options = str(question).partition("if this guess is right: give ")
    return vars(parser.parse_args(shlex.split(options)))
