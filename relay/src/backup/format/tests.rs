use super::*;
use crate::backup::verify;
use proptest::prelude::*;

fn header() -> Header {
    Header {
        schema_version: 7,
        epoch: "e".to_owned(),
        made_at: 1,
        made: "20261124T161201Z".to_owned(),
        program: "0.1.0".to_owned(),
        postgres: "15.14".to_owned(),
        counters: vec![],
    }
}

/// Two tables; the first has rows that do not get smaller, over some blocks.
fn file(seed: u64, rows: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    for (name, rows) in [("message", rows), ("room", 3)] {
        let table = TableStart {
            name: name.to_owned(),
            columns: vec!["body".to_owned()],
        };
        writer.table(&table).unwrap();
        for _ in 0..rows {
            let row: String = (0..200).map(|_| random.alphanumeric()).collect();
            writer.rows(format!("{row}\n").as_bytes()).unwrap();
        }
    }
    writer.finish().unwrap().0
}

fn read(bytes: &[u8]) -> Result<BTreeMap<String, u64>, BackupError> {
    verify::read_all(bytes, |_| {}).map(|found| found.rows)
}

#[test]
fn what_was_written_is_read() {
    let bytes = file(1, 12_000);
    assert!(bytes.len() > BLOCK_MAX, "more than a block");
    let rows = read(&bytes).unwrap();
    assert_eq!((rows["message"], rows["room"]), (12_000, 3));
    let (mut reader, found) = Reader::new(bytes.as_slice()).unwrap();
    assert_eq!(found, header());
    let mut content = Vec::new();
    while let Some(block) = reader.read_block().unwrap() {
        if let Block::Rows(rows) = block {
            assert!(rows.len() <= BLOCK_MAX);
            content.extend(rows);
        }
    }
    assert_eq!(content.len(), 12_003 * 201);
}

#[test]
fn every_byte_of_a_small_file_counts() {
    let bytes = file(2, 5);
    assert!(read(&bytes).is_ok());
    for at in 0..bytes.len() {
        for flip in [0x01_u8, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            assert!(read(&damaged).is_err(), "byte {at} ^ {flip:#x}");
        }
        assert!(read(&bytes[..at]).is_err(), "cut at {at}");
    }
    for more in [&b"x"[..], &bytes] {
        assert!(read(&[&bytes, more].concat()).is_err(), "more behind it");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_flipped_byte_or_a_cut_anywhere_is_found(place in 0.0_f64..1.0, flip in 1_u8..) {
        static FILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let bytes = FILE.get_or_init(|| file(3, 300));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let at = (place * bytes.len() as f64) as usize;
        let mut damaged = bytes.clone();
        damaged[at] ^= flip;
        prop_assert!(read(&damaged).is_err());
        prop_assert!(read(&bytes[..at]).is_err());
    }

    #[test]
    fn nothing_that_somebody_made_up_is_taken_or_takes_much_memory(bytes: Vec<u8>) {
        let made_up = [&MAGIC[..], &[FORMAT], &bytes].concat();
        prop_assert!(read(&made_up).is_err());
        prop_assert!(read(&bytes).is_err());
    }
}

#[test]
fn swapped_blocks_are_found() {
    // Two blocks of rows of the same length, each with a good checksum of its own.
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    let table = TableStart {
        name: "message".to_owned(),
        columns: vec![],
    };
    writer.table(&table).unwrap();
    let begin = writer.to.len();
    writer.rows(b"a\n").unwrap();
    writer.flush_rows().unwrap();
    let middle = writer.to.len();
    writer.rows(b"b\n").unwrap();
    writer.flush_rows().unwrap();
    let end = writer.to.len();
    let bytes = writer.finish().unwrap().0;
    assert_eq!(read(&bytes).unwrap()["message"], 2);
    assert_eq!(middle - begin, end - middle);
    let mut swapped = bytes[..begin].to_vec();
    swapped.extend(&bytes[middle..end]);
    swapped.extend(&bytes[begin..middle]);
    swapped.extend(&bytes[end..]);
    assert!(read(&swapped).is_err());
}

#[test]
fn a_newer_format_is_told_from_damage() {
    let mut bytes = file(4, 1);
    bytes[7] = FORMAT + 1;
    let error = read(&bytes).unwrap_err().to_string();
    assert!(error.contains("Update amend-relay"), "{error}");
}
