//! Damaged and hostile files of every format: each ends in a table or a clear message, in little
//! memory, and whoever started the engine goes on.

use std::io::Write as _;

use super::*;

/// How many damaged files are tried; `DFG_HOSTILE=5000` tries as many as the measurements do.
fn count() -> usize {
    let asked = std::env::var("DFG_HOSTILE").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(240)
}

fn zip_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer
        .start_file(name, zip::write::SimpleFileOptions::default())
        .unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

/// A sound file of each format, to be damaged.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let text = "AREACD,period,Observation\nE06000047,2024,95.5\nE08000021,2024,[x]\n".repeat(20);
    let cube = json!({
        "version": "2.0", "class": "dataset", "id": ["AREACD", "period"], "size": [2, 1],
        "dimension": {"AREACD": {"category": {"index": ["E1", "E2"]}}, "period": {"category": {"index": ["2024"]}}},
        "value": [1, 2],
    });
    let features = json!({"type": "FeatureCollection", "features": [{"type": "Feature",
        "properties": {"AREACD": "E1", "period": "2024", "Observation": 1},
        "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}]});
    let topology = json!({"type": "Topology", "arcs": [[[0, 0], [1, 1], [2, 0]]], "objects": {"a": {
        "type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": [[0]],
        "properties": {"AREACD": "E1", "period": "2024", "Observation": 1}}]}}});
    let sheet = "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>";
    let dataset = dataset("csv", &usual(), &json!({}));
    let made = convert(&dataset, "a.csv", b"AREACD,period,Observation\nE1,2024,1\n").unwrap();
    let hash = &made.converted.table.as_ref().unwrap().hash;
    let parquet = fs::read(made.room.path().join(format!("{hash}.parquet"))).unwrap();
    vec![
        ("csv", text.clone().into_bytes()),
        ("csv", zip_of("a.csv", text.as_bytes())),
        ("csvw", text.into_bytes()),
        ("json-stat", cube.to_string().into_bytes()),
        ("geojson", features.to_string().into_bytes()),
        ("topojson", topology.to_string().into_bytes()),
        ("xlsx", zip_of("xl/worksheets/sheet1.xml", sheet.as_bytes())),
        ("ods", zip_of("content.xml", b"<office:document-content/>")),
        ("parquet", parquet),
    ]
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(most.max(1)).unwrap()).unwrap()
    }
}

fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => bytes.truncate(at),
            1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(dice.below(256)).unwrap();
                }
            }
            2 => bytes.splice(at..at, [0, 255, 0, 255]).for_each(drop),
            3 => {
                let piece = bytes[at.min(bytes.len())..].to_vec();
                bytes.extend(piece.into_iter().take(4_096));
            }
            4 => bytes.splice(at..at, *b"\",,;\n\"").for_each(drop),
            _ => bytes
                .splice(at..at, *b"99999999999999999999")
                .for_each(drop),
        }
    }
}

#[test]
fn damaged_files_end_in_a_table_or_a_clear_message() {
    let seeds = seeds();
    let mut dice = Dice(20_261_123);
    let (mut sound, mut told) = (0, 0);
    for number in 0..count() {
        let (format, seed) = &seeds[number % seeds.len()];
        let mut bytes = seed.clone();
        damage(&mut bytes, &mut dice);
        let dataset = dataset(format, &usual(), &json!({}));
        match convert(&dataset, "file", &bytes) {
            Ok(done) if done.converted.is_sound() => sound += 1,
            Ok(done) => {
                let converted = done.converted;
                let words = !converted.faults.is_empty() || !converted.rejects.is_empty();
                assert!(words, "{number} {format}: {converted:?}");
                told += 1;
            }
            Err(EngineError::Failed(words)) => {
                assert!(
                    !words.is_empty() && words.len() < 1_000,
                    "{number} {format}: {words}"
                );
                told += 1;
            }
            Err(EngineError::TooLarge(_) | EngineError::TooLong(_)) => told += 1,
            // A reader that gives up by a panic: the process ends, and nothing else does.
            Err(EngineError::Died { .. }) => told += 1,
            Err(other) => panic!("{number} {format}: {other}"),
        }
    }
    println!(
        "{} damaged files: {sound} still sound, {told} told what is wrong",
        count()
    );
    assert!(told > sound, "{sound} sound, {told} told");
}

#[test]
fn files_made_to_fill_the_memory_do_not() {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut far = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", "<Types/>".to_owned()),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        // The last cell that a sheet can have: read as a rectangle this is 52 GB.
        (
            "xl/worksheets/sheet1.xml",
            format!(
                "<worksheet xmlns=\"{main}\"><dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData></worksheet>"
            ),
        ),
    ] {
        far.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        far.write_all(text.as_bytes()).unwrap();
    }
    let far = far.finish().unwrap().into_inner();
    let repeated = "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet><table:table table:name=\"a\"><table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell table:number-columns-repeated=\"16384\" office:value-type=\"float\" office:value=\"1\"><text:p>1</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
    let mut spread = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>",
        ),
        ("content.xml", repeated),
    ] {
        spread
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        spread.write_all(text.as_bytes()).unwrap();
    }
    let spread = spread.finish().unwrap().into_inner();
    let nested = [vec![b'['; 200_000], vec![b']'; 200_000]].concat();
    let cube = json!({"version": "2.0", "class": "dataset", "id": ["a", "b"], "size": [4_000_000_000_u64, 4_000_000_000_u64], "dimension": {}, "value": {}});
    for (name, format, bytes) in [
        ("a lone cell far out", "xlsx", far),
        ("a cell repeated to the ends of the sheet", "ods", spread),
        (
            "an archive of a file that grows a thousandfold",
            "csv",
            zip_of("a.csv", &vec![b'a'; 300 << 20]),
        ),
        ("one line without end", "csv", vec![b'a'; 40 << 20]),
        ("nested without end", "geojson", nested),
        (
            "a cube of all the sand",
            "json-stat",
            cube.to_string().into_bytes(),
        ),
    ] {
        let dataset = dataset(format, &usual(), &json!({}));
        match convert(&dataset, "file", &bytes) {
            Ok(done) => assert!(!done.converted.is_sound(), "{name}"),
            Err(EngineError::Failed(words)) => assert!(words.len() < 1_000, "{name}: {words}"),
            Err(EngineError::TooLarge(_) | EngineError::TooLong(_) | EngineError::Died { .. }) => {}
            Err(other) => panic!("{name}: {other}"),
        }
    }
}
