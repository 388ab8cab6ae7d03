//! Files as a zip, the same bytes for the same files.

use lockstep_core::report::File;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

/// A zip of the files; every time stamp is the format's first day, so that equal plans give equal archives.
pub fn zip(files: &[File]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(DateTime::default()).unix_permissions(0o644);
    for file in files {
        // Writing to memory fails only beyond the format's limits, far above any migration.
        let written =
            writer.start_file(&file.path, options).and_then(|()| Ok(writer.write_all(file.content.as_bytes())?));
        if written.is_err() {
            break;
        }
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_files_give_equal_bytes() {
        let file = |path: &str| File { path: path.into(), content: "SELECT 1;\n".into(), transactional: true };
        let files = [file("db/up.sql"), file("db/down.sql")];
        let bytes = zip(&files);
        assert_eq!(bytes, zip(&files));
        assert!(bytes.starts_with(b"PK"));
        assert!(bytes.windows(9).any(|window| window == b"db/up.sql"));
    }
}
