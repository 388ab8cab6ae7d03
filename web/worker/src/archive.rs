//! Files as a zip, the same bytes for the same files.
//!
//! Stored, not compressed: the archive is made on the user's machine and never travels, while code that compresses
//! travels with every first visit. Layout: PKWARE APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central directory)
//! and 4.3.16 (its end).

use lockstep_core::report::File;

/// Bit 11 of the general purpose flags: names are UTF-8.
const UTF8_NAMES: u16 = 1 << 11;
/// Version 1.0 of the format suffices for stored files.
const NEEDED: u16 = 10;
/// Made by version 2.0 on Unix, so that readers take the permissions below.
const MADE_BY: u16 = 3 << 8 | 20;
/// 1980-01-01, the first day that a zip can name: equal plans give equal archives.
const FIRST_DAY: u16 = 1 << 5 | 1;
/// A regular file that its owner writes and everybody reads, where Unix readers look for it.
const PERMISSIONS: u32 = 0o100_644 << 16;

/// A zip of the files.
pub fn zip(files: &[File]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for file in files {
        let start = length(&archive);
        let shared = shared_header(file);
        put(&mut archive, [b"PK\x03\x04".as_slice(), &shared, file.path.as_bytes(), file.content.as_bytes()]);
        // No comment, first disk, no hint at text.
        let own = [[0; 6].as_slice(), &PERMISSIONS.to_le_bytes(), &start.to_le_bytes()].concat();
        let made_by = MADE_BY.to_le_bytes();
        put(&mut directory, [b"PK\x01\x02".as_slice(), &made_by, &shared, &own, file.path.as_bytes()]);
    }
    let (start, size) = (length(&archive), length(&directory));
    let count = (files.len() as u16).to_le_bytes();
    put(&mut archive, [directory.as_slice(), b"PK\x05\x06", &[0; 4], &count, &count]);
    put(&mut archive, [size.to_le_bytes().as_slice(), &start.to_le_bytes(), &[0; 2]]);
    archive
}

/// What a file's local header and its entry in the directory say alike.
fn shared_header(file: &File) -> Vec<u8> {
    let size = length(file.content.as_bytes()).to_le_bytes();
    let (stored, midnight, no_extra) = ([0; 2], [0; 2], [0; 2]);
    let mut header = Vec::new();
    put(&mut header, [NEEDED.to_le_bytes().as_slice(), &UTF8_NAMES.to_le_bytes(), &stored, &midnight]);
    put(
        &mut header,
        [FIRST_DAY.to_le_bytes().as_slice(), &checksum(file.content.as_bytes()).to_le_bytes(), &size, &size],
    );
    put(&mut header, [(file.path.len() as u16).to_le_bytes().as_slice(), &no_extra]);
    header
}

fn put<const N: usize>(to: &mut Vec<u8>, parts: [&[u8]; N]) {
    parts.iter().for_each(|part| to.extend_from_slice(part));
}

fn length(bytes: &[u8]) -> u32 {
    bytes.len() as u32
}

/// CRC-32 of IEEE 802.3, bit by bit: migration files are small, a table is not.
fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read};

    fn file(path: &str, content: &str) -> File {
        File { path: path.into(), content: content.into(), transactional: true }
    }

    #[test]
    fn another_reader_finds_the_same_files() {
        let files = [file("db/up.sql", "SELECT 1;\n"), file("db/größer.sql", "-- ключ\n"), file("empty", "")];
        let mut archive = zip::ZipArchive::new(Cursor::new(zip(&files))).expect("a zip");
        assert_eq!(archive.len(), files.len());
        for (index, file) in files.iter().enumerate() {
            let mut entry = archive.by_index(index).expect("an entry");
            assert_eq!(entry.name().expect("a name"), file.path);
            assert_eq!(entry.unix_mode(), Some(0o100_644));
            let mut content = String::new();
            // The reader checks the sum.
            entry.read_to_string(&mut content).expect("content of the right sum");
            assert_eq!(content, file.content);
        }
    }

    #[test]
    fn equal_files_give_equal_bytes() {
        let files = [file("db/up.sql", "SELECT 1;\n"), file("db/down.sql", "SELECT 2;\n")];
        assert_eq!(zip(&files), zip(&files));
    }

    #[test]
    fn no_files_are_an_empty_archive() {
        assert!(zip::ZipArchive::new(Cursor::new(zip(&[]))).is_ok_and(|archive| archive.is_empty()));
    }
}
