//! Published files as they come, and the contract that they must keep.

use std::{fs, io::Write as _};

use dfg_evidence::job::{Query, QueryJob, TableFiles};

use super::*;

/// The rows of a table that was made.
fn rows(done: &Done) -> Vec<Vec<Value>> {
    let table = done.converted.table.as_ref();
    let hash = &table.unwrap_or_else(|| panic!("{:?}", done.converted)).hash;
    let files = vec![done.room.path().join(format!("{hash}.parquet"))];
    let job = Job::Query(QueryJob {
        tables: [(
            "t".to_owned(),
            TableFiles {
                files,
                key: Vec::new(),
            },
        )]
        .into(),
        queries: vec![Query {
            name: "q".to_owned(),
            sql: "SELECT * FROM t".to_owned(),
        }],
        limits: SMALL,
    });
    match engine().run(&job).unwrap() {
        Answer::Query { mut answers, .. } => answers.remove(0).outcome.unwrap().rows,
        other => panic!("{other:?}"),
    }
}

fn sound(format: &str, name: &str, bytes: &[u8]) -> Vec<Vec<Value>> {
    rows(&convert(&dataset(format, &usual(), &json!({})), name, bytes).unwrap())
}

fn usual_rows() -> Vec<Vec<Value>> {
    vec![
        vec![json!("E06000047"), json!("2024"), json!(95.5), Value::Null],
        vec![json!("E08000021"), json!("2024"), Value::Null, json!("[x]")],
    ]
}

#[test]
fn text_is_read_in_the_forms_in_which_it_is_published() {
    for text in [
        "AREACD,period,Observation\nE06000047,2024,95.5\nE08000021,2024,[x]\n",
        // A byte-order mark, quotes, spaces in headings, an empty line, another order of columns.
        "\u{feff}\"Observation\", period,\"AREACD \"\r\n\"95.5\",\"2024\",\"E06000047\"\r\n\r\n[x],2024,E08000021\r\n",
        "AREACD;period;Observation\nE06000047;2024;95.5\nE08000021;2024;[x]\n",
        "AREACD\tperiod\tOBSERVATION\nE06000047\t2024\t95.5\nE08000021\t2024\t[x]",
        // Notes before the headings and behind the rows; an old name of a heading.
        "A title\nSource: somebody, 2024\n\nAREACD,name,period,Obs value\nE06000047,x,2024,95.5\nE08000021,y,2024,[x]\n,,,\n",
    ] {
        assert_eq!(
            sound("csv", "a.csv", text.as_bytes()),
            usual_rows(),
            "{text}"
        );
    }
    // Latin-1: what is no UTF-8 is read as what it is.
    let columns = json!([{"name": "name", "type": "text"}, {"name": "price", "type": "decimal"}]);
    let done = convert(
        &dataset("csv", &columns, &json!({})),
        "a.csv",
        b"name,price\nCaf\xe9,\xa31.50\n",
    );
    assert_eq!(rows(&done.unwrap()), [vec![json!("Café"), json!(1.5)]]);
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    let dataset = dataset("csv", &usual(), &json!({}));
    let text = b"AREACD,period,Observation\nE06000047,2024,95.5\n";
    let one = convert(&dataset, "a.csv", text).unwrap().converted;
    let two = convert(&dataset, "b.csv", text).unwrap().converted;
    assert_eq!(one.table, two.table);
    assert_eq!(one.source_hash, two.source_hash);
}

#[test]
fn what_breaks_the_contract_is_told_with_row_and_column_and_no_table_is_made() {
    let more = json!({"key": ["area", "period"], "fewest_rows": 4});
    let dataset = dataset("csv", &usual(), &more);
    let text = "AREACD,period,Observation\n\
                E06000047,2024,95.5\n\
                E06000047,2024,96\n\
                Durham,2024,5\n\
                E08000021,soon,5\n\
                E08000022,2024,101\n\
                ,2024,5\n\
                E08000023,2024,many\n";
    let done = convert(&dataset, "a.csv", text.as_bytes()).unwrap();
    let told: Vec<String> = done
        .converted
        .rejects
        .iter()
        .map(|one| format!("{} {} {} {}", one.row, one.column, one.value, one.reason))
        .collect();
    for (line, words) in [
        (0, "3 area, period E06000047, 2024 stands in row 2 already"),
        (1, "4 area Durham is not an area’s code"),
        (2, "5 period soon “soon” is not a period"),
        (3, "6 value 101 is above the most that can be, 100"),
        (4, "7 area  has no value"),
        (5, "8 value many is not a number"),
    ] {
        assert!(told[line].starts_with(words), "{words}\n{told:#?}");
    }
    assert_eq!(done.converted.table, None);
    let rejected = fs::read_to_string(done.room.path().join("rejected.csv")).unwrap();
    assert_eq!(rejected.lines().count(), 7, "{rejected}");
    // Rows are counted as an editor counts lines, however these end.
    let windows = text.replace('\n', "\r\n");
    let again = convert(&dataset, "a.csv", windows.as_bytes()).unwrap();
    assert_eq!(again.converted.rejects, done.converted.rejects);
    let few = convert(
        &dataset,
        "a.csv",
        b"AREACD,period,Observation\nE06000047,2024,95.5\n",
    );
    let few = few.unwrap().converted;
    assert_eq!(few.table, None);
    assert_eq!(
        few.faults,
        ["the file has 1 rows; a sound one has at least 4"]
    );
}

#[test]
fn a_heading_that_is_missing_or_twice_is_told_with_the_nearest() {
    let dataset = dataset("csv", &usual(), &json!({}));
    let faults = |text: &str| {
        convert(&dataset, "a.csv", text.as_bytes())
            .unwrap()
            .converted
            .faults
    };
    assert_eq!(
        faults("AREACD,period,Observations\nE06000047,2024,1\n"),
        [
            "no column is headed “Observation” or “Obs value” or “value” in row 1; the nearest is “Observations”"
        ]
    );
    assert_eq!(
        faults("AREACD,period,Observation,observation\nE06000047,2024,1,2\n"),
        ["row 1 has two columns headed “Observation”"]
    );
    assert!(!faults("").is_empty());
}

#[test]
fn columns_side_by_side_become_rows_and_rows_are_kept_by_value() {
    let columns = json!([
        {"name": "area", "type": "area"}, {"name": "series", "type": "text"},
        {"name": "period", "type": "period"}, {"name": "value", "type": "integer"},
    ]);
    let more = json!({
        "unpivot": {"headings": "20*", "name": "period", "value": "value"},
        "keep": [{"column": "series", "values": ["births"]}],
    });
    let text = b"area,series,2022,2023\nE1,births,\"1,000\",2\nE1,deaths,3,4\n";
    let done = convert(&dataset("csv", &columns, &more), "a.csv", text).unwrap();
    assert_eq!(
        rows(&done),
        [
            vec![json!("E1"), json!("births"), json!("2022"), json!(1000)],
            vec![json!("E1"), json!("births"), json!("2023"), json!(2)],
        ]
    );
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook with one sheet of inline text, its first row some way down.
fn xlsx(rows: &[&[&str]]) -> Vec<u8> {
    let mut sheet = String::new();
    for (number, row) in (4..).zip(rows) {
        let open = format!("<row r=\"{number}\">");
        sheet.push_str(&open);
        for (column, cell) in ('B'..).zip(*row) {
            let at = format!("{column}{number}");
            let text = match cell.parse::<f64>() {
                Ok(value) => format!("<c r=\"{at}\"><v>{value}</v></c>"),
                Err(_) => format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
            };
            sheet.push_str(&text);
        }
        sheet.push_str("</row>");
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    zip(&[
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
        ),
        (
            "_rels/.rels",
            &format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"Notes\" sheetId=\"1\" r:id=\"r1\"/><sheet name=\"Table 1\" sheetId=\"2\" r:id=\"r2\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet2.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            &format!(
                "<worksheet xmlns=\"{main}\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Notes</t></is></c></row></sheetData></worksheet>"
            ),
        ),
        (
            "xl/worksheets/sheet2.xml",
            &format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>"),
        ),
    ])
}

fn ods(rows: &[&[&str]]) -> Vec<u8> {
    let mut sheet = String::from(
        "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell/></table:table-row>",
    );
    for row in rows {
        sheet.push_str("<table:table-row>");
        for cell in *row {
            let text = match cell.parse::<f64>() {
                Ok(value) => format!(
                    "<table:table-cell office:value-type=\"float\" office:value=\"{value}\"><text:p>{value}</text:p></table:table-cell>"
                ),
                Err(_) => format!(
                    "<table:table-cell office:value-type=\"string\"><text:p>{cell}</text:p></table:table-cell>"
                ),
            };
            sheet.push_str(&text);
        }
        sheet.push_str("</table:table-row>");
    }
    zip(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>",
        ),
        (
            "content.xml",
            &format!(
                "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet><table:table table:name=\"Table 1\">{sheet}</table:table></office:spreadsheet></office:body></office:document-content>"
            ),
        ),
    ])
}

const SHEET: [&[&str]; 3] = [
    &["AREACD", "period", "Observation"],
    &["E06000047", "2024", "95.5"],
    &["E08000021", "2024", "[x]"],
];

#[test]
fn sheets_are_read_wherever_their_headings_stand() {
    for (format, bytes) in [("xlsx", xlsx(&SHEET)), ("ods", ods(&SHEET))] {
        let dataset = dataset(format, &usual(), &json!({"sheet": "table 1"}));
        let done = convert(&dataset, "a", &bytes).unwrap();
        assert_eq!(rows(&done), usual_rows(), "{format}");
        let other = super::dataset(format, &usual(), &json!({"sheet": "Table 9"}));
        let fault = convert(&other, "a", &bytes).err().unwrap().to_string();
        assert!(fault.contains("no sheet “Table 9”; it has"), "{fault}");
    }
}

#[test]
fn cubes_shapes_and_archives_are_tables_too() {
    let cube = json!({
        "version": "2.0", "class": "dataset", "id": ["AREACD", "period"], "size": [2, 1],
        "dimension": {
            "AREACD": {"category": {"index": ["E06000047", "E08000021"]}},
            "period": {"category": {"index": {"2024": 0}}},
        },
        "value": [95.5, null],
    });
    let columns = json!([
        {"name": "area", "headings": ["AREACD"], "type": "area"}, {"name": "period", "type": "period"},
        {"name": "value", "type": "decimal"},
    ]);
    let of = |format: &str, more: Value, bytes: &[u8]| {
        rows(&convert(&dataset(format, &columns, &more), "a.json", bytes).unwrap())
    };
    let first = vec![json!("E06000047"), json!("2024"), json!(95.5)];
    let found = of("json-stat", json!({}), cube.to_string().as_bytes());
    assert_eq!(found.first(), Some(&first));
    let features = json!({"type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": {"AREACD": "E06000047", "period": 2024, "value": 95.5},
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }]});
    assert_eq!(
        of("geojson", json!({}), features.to_string().as_bytes()),
        std::slice::from_ref(&first)
    );
    let topology = json!({
        "type": "Topology", "transform": {"scale": [0.1, 0.1], "translate": [10, 20]},
        "arcs": [[[0, 0], [1, 0], [0, 1], [-1, -1]]],
        "objects": {"places": {"type": "GeometryCollection", "geometries": [{
            "type": "Polygon", "arcs": [[0]],
            "properties": {"AREACD": "E06000047", "period": "2024", "value": 95.5},
        }]}},
    });
    assert_eq!(
        of("topojson", json!({}), topology.to_string().as_bytes()),
        std::slice::from_ref(&first)
    );
    let text = "AREACD,period,value\nE06000047,2024,95.5\n";
    let archive = zip(&[("read me.txt", "hello"), ("in/a.csv", text)]);
    assert_eq!(
        of("csv", json!({"inside": "*/a.csv"}), &archive),
        std::slice::from_ref(&first)
    );
    let two = zip(&[("a.csv", text), ("b.csv", text)]);
    let fault = convert(&dataset("csv", &columns, &json!({})), "a.zip", &two)
        .err()
        .unwrap();
    assert!(
        fault.to_string().contains("say which with `inside`"),
        "{fault}"
    );
    // Parquet, made by the engine itself.
    let made = convert(
        &dataset("csv", &columns, &json!({})),
        "a.csv",
        text.as_bytes(),
    )
    .unwrap();
    let hash = &made.converted.table.as_ref().unwrap().hash;
    let table = fs::read(made.room.path().join(format!("{hash}.parquet"))).unwrap();
    assert_eq!(of("parquet", json!({}), &table), [first]);
}

#[test]
fn metadata_beside_a_file_name_its_columns() {
    let folder = TempDir::new().unwrap();
    let metadata = json!({
        "@context": "http://www.w3.org/ns/csvw", "url": "data.csv", "dialect": {"delimiter": ";"},
        "tableSchema": {"columns": [{"name": "AREACD", "titles": "Code"}, {"titles": "period"}, {"name": "Observation", "titles": ["v"]}]},
    });
    fs::write(folder.path().join("m.json"), metadata.to_string()).unwrap();
    let text = "Code;period;v\nE06000047;2024;95.5\nE08000021;2024;[x]\n";
    fs::write(folder.path().join("data.csv"), text).unwrap();
    let dataset = dataset("csvw", &usual(), &json!({}));
    let done = convert_file(&dataset, &folder.path().join("m.json")).unwrap();
    assert_eq!(rows(&done), usual_rows());
    // Metadata that lead elsewhere lead nowhere.
    let away = metadata.to_string().replace("data.csv", "../../etc/passwd");
    fs::write(folder.path().join("m.json"), away).unwrap();
    let fault = convert_file(&dataset, &folder.path().join("m.json"))
        .err()
        .unwrap();
    assert!(
        fault.to_string().contains("not beside its metadata"),
        "{fault}"
    );
}

/// Long files are read in blocks; where a row ends is found whatever stands in it.
#[test]
fn long_files_are_read_to_the_last_row_and_rows_keep_their_numbers() {
    const ROWS: u64 = 200_000;
    let columns = json!([
        {"name": "number", "type": "integer", "required": true},
        {"name": "name", "type": "text"},
    ]);
    let dataset = dataset("csv", &columns, &json!({"key": ["number"]}));
    let file = |row: &dyn Fn(u64) -> String| {
        let rows = (0..ROWS).map(row);
        std::iter::once("number,name\n".to_owned())
            .chain(rows)
            .collect::<String>()
    };
    let plain = |number| format!("{number},\"a name, with {number} in it\"\n");
    // Cells of two lines everywhere; and once a quote that is none, before such a cell.
    let two_lines = |number| format!("{number},\"a name\nof line {number}\"\r\n");
    let lone = |number| match number {
        7 => "7,3.5\" disk\n".to_owned(),
        _ => two_lines(number),
    };
    for (row, lines) in [
        (&plain as &dyn Fn(u64) -> String, ROWS + 1),
        (&two_lines, 2 * ROWS + 1),
        (&lone, 2 * ROWS),
    ] {
        let text = file(row);
        assert!(text.len() > 5 << 20, "the file fits into one block");
        let done = convert(&dataset, "a.csv", text.as_bytes()).unwrap();
        assert!(done.converted.is_sound(), "{:?}", done.converted.rejects);
        assert_eq!(done.converted.rows, ROWS);
        assert_eq!(
            done.converted.source_hash,
            dfg_evidence::hash::of_text(&text)
        );
        let number = &done.converted.columns[0];
        assert_eq!(number.most.as_deref(), Some("199999"));
        // A row that was there before, and one that cannot be read, both at the end.
        let worse = text + "199999,again\nnone,x\n";
        let done = convert(&dataset, "a.csv", worse.as_bytes()).unwrap();
        let told: Vec<(u64, &str)> = done
            .converted
            .rejects
            .iter()
            .map(|one| (one.row, one.value.as_str()))
            .collect();
        assert_eq!(told, [(lines + 1, "199999"), (lines + 2, "none")]);
    }
}
