"""CSV files: what is read, and what is refused and where."""

import gzip

import numpy as np
import pytest

from partialpool.errors import CellError, ColumnError, DataError, FileError, RequestError
from partialpool.io.backends import read
from partialpool.io.backends import text as text_backend


@pytest.fixture
def csv_file(tmp_path):
    def write(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def counts(path, **options):
    return read(path, values=["y", "n"], labels=["g"], **options)


class TestCsv:
    @pytest.mark.parametrize("name", ["data.csv", "DATA.CSV", "data.txt", "data.tsv"])
    def test_reads(self, csv_file, name):
        rows = counts(csv_file("g,y,n\nA,1,2\nB,0,3\n", name))
        assert rows.library == "path"
        assert rows.columns["g"].tolist() == ["A", "B"]
        assert rows.columns["y"].tolist() == [1, 0]
        assert rows.columns["n"].dtype == np.int64

    def test_path_as_text(self, csv_file):
        assert counts(str(csv_file("g,y,n\nA,1,2\n"))).size == 1

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_delimiters_and_line_ends(self, csv_file, delimiter, end):
        lines = ["extra,g,y,n", "a,A,1,2", "b,B,0,3"]
        content = end.join(line.replace(",", delimiter) for line in lines)
        assert counts(csv_file(content)).columns["n"].tolist() == [2, 3]

    def test_delimiter_inside_names(self, csv_file):
        rows = read(csv_file("a,b;y\nq;1\n"), values=["y"], labels=["a,b"])
        assert rows.columns["a,b"].tolist() == ["q"]

    @pytest.mark.parametrize("delimiter", [";", "\t", "|"])
    def test_decimal_commas_are_read_where_a_cell_shows_them(self, csv_file, delimiter):
        content = "g;y;n\nA;1,500;2,5\nB;12,250;0,250\nC;-3;,5e1\n".replace(";", delimiter)
        rows = counts(csv_file(content))
        assert rows.columns["y"].tolist() == [1.5, 12.25, -3.0]
        assert rows.columns["n"].tolist() == [2.5, 0.25, 5.0]
        assert rows.decimal == ","

    @pytest.mark.parametrize("decimal", [None, "."])
    def test_a_comma_that_may_separate_thousands_is_refused(self, csv_file, decimal):
        with pytest.raises(CellError, match=r"line 2: '1,500'.*write 1500, .* decimal=',' if the comma is a decimal"):
            counts(csv_file("g;y;n\nA;1,500;2\n"), decimal=decimal)

    def test_a_point_that_may_separate_thousands_is_refused(self, csv_file):
        path = csv_file("g;y;n\nA;1.500;2\nB;12.250;3\n")
        with pytest.raises(CellError, match=r"'y', line 2: '1\.500' is 1500 if .*say decimal='\.' if they are decimal"):
            counts(path)
        assert counts(path, decimal=".").columns["y"].tolist() == [1.5, 12.25]
        with pytest.raises(CellError, match=r"line 2: '1\.500'.*write 1500, without a separator of thousands"):
            counts(path, decimal=",")

    def test_points_are_decimal_points_where_a_cell_shows_it(self, csv_file):
        assert counts(csv_file("g;y;n\nA;1.500;2.5\nB;12.250;3\n")).columns["y"].tolist() == [1.5, 12.25]

    def test_decimal_commas_beside_points_are_refused(self, csv_file):
        path = csv_file("g;y;n\nA;1,5;2\nB;1;2.250\n")
        with pytest.raises(CellError, match=r"'y', line 2: '1,5' has a decimal comma, and column 'n', line 3"):
            counts(path)
        with pytest.raises(CellError, match=r"write 2250, without a separator of thousands"):
            counts(path, decimal=",")
        with pytest.raises(CellError, match=r"write 1\.5, with a decimal point"):
            counts(path, decimal=".")

    def test_a_decimal_comma_between_commas_is_read_if_it_is_said(self, csv_file):
        path = csv_file('g,y,n\nA,"1,5",2\n')
        assert counts(path, decimal=",").columns["y"].tolist() == [1.5]
        with pytest.raises(CellError, match=r"write 1\.5, with a decimal point, or say decimal=','"):
            counts(path)

    def test_what_separates_decimals(self, csv_file):
        with pytest.raises(RequestError, match=r"decimal=';' is unknown\. Use decimal='\.' or decimal=','\."):
            counts(csv_file("g,y,n\nA,1,2\n"), decimal=";")

    def test_compressed(self, csv_file):
        assert counts(csv_file(gzip.compress(b"g,y,n\nA,1,2\n"), "data.csv.gz")).size == 1

    def test_byte_order_mark(self, csv_file):
        assert counts(csv_file("\ufeffg,y,n\nA,1,2\n")).columns["g"].tolist() == ["A"]

    def test_codes_stay_apart(self, csv_file):
        assert counts(csv_file("g,y,n\n007,1,2\n7,1,2\n")).columns["g"].tolist() == ["007", "7"]
        assert counts(csv_file("g,y,n\n1.0,1,2\n1,1,2\n")).columns["g"].tolist() == ["1.0", "1"]
        assert counts(csv_file("g,y,n\n+7,1,2\n-7,1,2\n")).columns["g"].tolist() == ["+7", "-7"]

    def test_plain_integers_are_integers(self, csv_file):
        labels = counts(csv_file("g,y,n\n7,1,2\n-8,1,2\n0,1,2\n")).columns["g"]
        assert labels.dtype == np.int64
        assert labels.tolist() == [7, -8, 0]

    def test_every_label_is_a_name(self, csv_file):
        rows = counts(csv_file("g,y,n\nNaN,1,2\nNone,1,2\nNA,1,2\n A ,1,2\n"))
        assert rows.columns["g"].tolist() == ["NaN", "None", "NA", " A "]
        assert rows.dropped == 0

    @pytest.mark.parametrize("cell", ["", '""', " ", "\t"])
    @pytest.mark.parametrize("labels", [["A", "B"], [7, 8]])
    def test_an_empty_label_is_missing(self, csv_file, cell, labels):
        path = csv_file(f"g,y,n\n{labels[0]},1,2\n{cell},1,2\n{labels[1]},1,2\n")
        with pytest.raises(CellError, match=r"'g' has no value in line 3\. Fill the cells in, or leave those rows out"):
            counts(path)
        rows = counts(path, missing="drop")
        assert (rows.columns["g"].tolist(), rows.dropped) == (labels, 1)

    def test_a_header_with_a_name_twice_is_no_line_below_itself(self, csv_file):
        with pytest.raises(ColumnError, match=r"there 2 times\. Rename the columns so that each name is used once\.$"):
            counts(csv_file("g,y,y,n\nA,1,1,2\n"))

    @pytest.mark.parametrize("above", ["sep=;\n", "Exported 2025-01-01\n\n", "a,b,c\nnote\n"])
    @pytest.mark.parametrize("delimiter", [",", ";"])
    def test_lines_above_the_header_are_named(self, csv_file, above, delimiter):
        path = csv_file(above + "g,y,n\na,1,2\n".replace(",", delimiter))
        line = above.count("\n") + 1
        with pytest.raises(ColumnError, match=rf"Line {line} has what is asked for: delete the lines above it\."):
            counts(path)

    @pytest.mark.parametrize(
        ("header", "called"), [("g y n", "blanks"), (" g  y n ", "blanks"), ("g:y:n", "colons"), ("g^y^n", "carets")]
    )
    def test_a_header_without_a_separator_that_is_read(self, csv_file, header, called):
        path = csv_file(header + "\na 1 2\n")
        with pytest.raises(ColumnError) as refused:
            counts(path)
        assert str(refused.value).endswith(
            f"That is one name, which looks like 3 with {called} between them. Cells are separated by commas, "
            f"semicolons, tabs or bars (|): write one of these in place of the {called}."
        )

    @pytest.mark.parametrize(("sign", "called"), [(",", "commas"), (";", "semicolons"), ("|", "bars")])
    def test_a_header_that_is_in_quotes_as_a_whole(self, csv_file, sign, called):
        path = csv_file('"g,y,n"\n"a,1,2"\n'.replace(",", sign))
        said = f"looks like 3 with {called} between them, all in quotes: take away the quotes around whole lines"
        with pytest.raises(ColumnError, match=said):
            counts(path)

    def test_a_name_of_several_words_is_one_name(self, csv_file):
        path = csv_file("number of rats\n12\n")
        with pytest.raises(ColumnError) as refused:
            read(path, values=["mice"], labels=[])
        assert str(refused.value) == "there is no column 'mice'. The columns are 'number of rats'."

    @pytest.mark.parametrize(
        ("cell", "cure"),
        [
            ('"0,250"', "write 0.250, with a decimal point"),
            ("yes", "write 1 for yes and 0 for no"),
            ('"1,250"', "write 1250, without a separator of thousands"),
            ("-", "leave the cell empty if there is no number"),
            ("#N/A", "leave the cell empty if there is no number"),
            ("unknown", "leave the cell empty if there is no number"),
        ],
    )
    def test_how_a_cell_is_to_be_written(self, csv_file, cell, cure):
        with pytest.raises(CellError, match=cure):
            counts(csv_file(f"g,y,n\na,{cell},2\n"))

    def test_missing_values(self, csv_file):
        path = csv_file("g,y,n\nA,,2\nB,NA,3\nC,1,4\n")
        with pytest.raises(CellError, match=r"'y' has no value in lines 2, 3\."):
            counts(path)
        rows = counts(path, missing="drop")
        assert (rows.dropped, rows.size, rows.number(0)) == (2, 1, 3)

    def test_quotes(self, csv_file):
        rows = counts(csv_file('g,y,n\n"a,b","1",2\n"say ""hi""",1,2\n"two\nlines",1,2\nit\'s "fine",1,2\n'))
        assert rows.columns["g"].tolist() == ["a,b", 'say "hi"', "two\nlines", 'it\'s "fine"']

    def test_blank_lines_are_no_rows(self, csv_file):
        assert counts(csv_file("\n\ng,y,n\n\nA,1,2\n\n\nB,1,2\n\n")).size == 2

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_lines_of_empty_cells_are_no_rows(self, csv_file, delimiter):
        """A spreadsheet writes them above the header, and below and beside the table."""
        text = ",,,\ng,y,n,\nA,1,2,\n,,,\nB,1,2,\n,,,\n,,,\n".replace(",", delimiter)
        rows = counts(csv_file(text))
        assert (rows.size, rows.dropped) == (2, 0)
        with pytest.raises(CellError, match=r"\(line 5: 'x'\)"):
            counts(csv_file(text.replace(f"B{delimiter}1", f"B{delimiter}x")))

    def test_a_line_with_a_label_alone_is_a_row(self, csv_file):
        with pytest.raises(CellError, match=r"'y' has no value in line 3\."):
            counts(csv_file("g,y,n\nA,1,2\nB,,\n"))

    def test_blank_line_in_one_column(self, csv_file):
        assert read(csv_file("y\n1\n0\n\n\n"), values=["y"], labels=[]).size == 2
        with pytest.raises(CellError, match=r"lines 3, 4\."):
            read(csv_file("y\n1\n\n\n0\n"), values=["y"], labels=[])

    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_messages_name_the_line_of_the_file(self, csv_file, end, packed):
        def named(text):
            content = text.replace("\n", end)
            return csv_file(gzip.compress(content.encode()), "data.csv.gz") if packed else csv_file(content)

        with pytest.raises(CellError, match=r"\(line 3: 'x'\)"):
            counts(named("g,y,n\na,1,2\nb,x,3\n"))
        with pytest.raises(CellError, match=r"\(line 8: 'x', line 10: 'z'\)"):
            counts(named("\n\ng,y,n\n\na,1,2\n\n\nb,x,3\n\nc,z,3\n"))
        with pytest.raises(CellError, match=r"no value in line 6\."):
            counts(named('g,y,n\n"two\nlines",1,2\n"and\nmore",1,2\nb,,3\n'))
        with pytest.raises(FileError, match="line 6: 2 cells where the header has 3"):
            counts(named("g,y,n\na,1,2\n\n\n\nb,1\n"))
        rows = counts(named("\ng,y,n\na,,2\n\nb,1,3\nc,,3\n\n\nd,1,2\n"), missing="drop")
        assert [rows.place(i) for i in range(rows.size)] == ["line 5", "line 9"]
        assert [rows.number(i) for i in range(rows.size)] == [2, 4]

    def test_every_line_is_the_right_one(self, csv_file):
        rng = np.random.default_rng(5)
        lines, expected = ["g,y"], []
        for i in range(3000):
            lines += [""] * int(rng.integers(0, 3) * (rng.random() < 0.1))
            expected.append(len(lines) + 1)
            lines += [f'"a\n{i}",1'] if rng.random() < 0.05 else [f"{i},1"]
            lines = "\n".join(lines).split("\n")
        rows = read(csv_file("\n".join(lines)), values=["y"], labels=["g"])
        assert [rows.place(i) for i in range(3000)] == [f"line {line}" for line in expected]

    def test_header_only(self, csv_file):
        with pytest.raises(DataError, match="no rows"):
            counts(csv_file("g,y,n\n"))

    @pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
    def test_empty(self, csv_file, content):
        with pytest.raises(FileError, match="is empty"):
            counts(csv_file(content))

    def test_columns(self, csv_file):
        with pytest.raises(ColumnError, match=r"no column 'y'\. Did you mean ' Y'\? The columns are 'g', ' Y', 'n'"):
            counts(csv_file("g, Y,n\nA,1,2\n"))
        with pytest.raises(ColumnError, match="'y' is there 2 times"):
            counts(csv_file("g,y,y,n\nA,1,1,2\n"))
        with pytest.raises(ColumnError, match=r"The columns are 'a', 'b'"):
            counts(csv_file("a;b\n1;2\n"))

    @pytest.mark.parametrize("row", ["A,1", "A,1,2,3", '"A,1,2"', " "])
    def test_ragged_rows(self, csv_file, row):
        with pytest.raises(FileError, match=r"line 4: \d cells? where the header has 3"):
            counts(csv_file(f'g,y,n\n"a\nb",1,2\n{row}\nB,1,2\n'))

    @pytest.mark.parametrize("row", ['"A,1,2', 'B,"1,2\nC,1,2', '"A"x,1,2'])
    def test_quotes_that_do_not_close(self, csv_file, row):
        with pytest.raises(FileError, match="line 3: "):
            counts(csv_file(f"g,y,n\nA,1,2\n{row}\n"))

    def test_quote_that_swallows_the_file(self, csv_file):
        with pytest.raises(FileError, match="line 2: a cell is very long; is a quote not closed"):
            counts(csv_file('g,y,n\n"' + "A,1,2\n" * 100_000))

    def test_quote_in_the_header(self, csv_file):
        with pytest.raises(FileError, match="line 1: a quote is opened and never closed"):
            counts(csv_file('"g,y,n\nA,1,2\n'))

    @pytest.mark.parametrize(
        ("content", "place"),
        [
            ("g,y,n\nZoë,1,2\n".encode("latin-1"), r"byte 8 \(0xeb\) is not UTF-8.*Save it as UTF-8"),
            (b"g,y,n\nA,1,\x002\n", "byte 10 is NUL"),
            ("g,y,n\nA,1,2\n".encode("utf-16"), "byte 0 starts a UTF-16"),
            ("g,y,n\nA,1,2\n".encode("utf-16-le"), "byte 1 is NUL"),
            (b"g,y,n\nA\xc3", "ends at byte 8 in the middle of a character"),
            (b"g,y,n\n\xed\xa0\x80,1,2\n", "byte 6"),
        ],
    )
    def test_bytes_that_are_no_text(self, csv_file, content, place):
        with pytest.raises(FileError, match=place):
            counts(csv_file(content))
        with pytest.raises(FileError, match=place):
            counts(csv_file(gzip.compress(content), "data.csv.gz"))

    def test_offset_across_blocks(self, csv_file, monkeypatch):
        monkeypatch.setattr(text_backend, "BLOCK", 4)
        assert counts(csv_file("g,y,n\nÄÖÜ€,1,2\n")).columns["g"].tolist() == ["ÄÖÜ€"]
        with pytest.raises(FileError, match="byte 12 "):
            counts(csv_file("g,y,n\nÄÖÜ".encode() + b"\xe2(,1,2\n"))

    def test_many_rows_keep_their_order(self, csv_file):
        lines = "".join(f"G{i % 7},{i},{i + 1}\n" for i in range(5000))
        rows = counts(csv_file("g,y,n\n" + lines))
        assert np.array_equal(rows.columns["y"], np.arange(5000))

    def test_row_cap(self, csv_file, monkeypatch):
        monkeypatch.setattr("partialpool.io.backends.files.MAX_ROWS", 2)
        assert counts(csv_file("g,y,n\n" + "A,1,2\n" * 2)).size == 2
        with pytest.raises(FileError, match=r"more than 2 rows. Add the rows of each group up first"):
            counts(csv_file("g,y,n\n" + "A,1,2\n" * 3))

    def test_small_file_that_unpacks_to_a_large_one(self, csv_file, monkeypatch):
        monkeypatch.setattr("partialpool.io.backends.files.MAX_BYTES", 2**21)
        bomb = gzip.compress(b"g,y,n\n" + b"A,1,2\n" * 2**20)
        with pytest.raises(FileError, match="unpacks to more than"):
            counts(csv_file(bomb, "data.csv.gz"))
