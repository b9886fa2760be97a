//! What a disk may hold that is no region, and how a folder is written to one.

use std::fs;

use dfg_region::{Folder, MAX_FILE, starter, write_folder};

#[test]
fn what_a_disk_holds_that_is_no_region() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("region");
    write_folder(&dir, &starter()).unwrap();
    assert_eq!(Folder::read(&dir).unwrap().texts(), starter());

    // Sparse: 200 MB by size, of which nothing is read.
    let large = fs::File::create(dir.join("activities/large.md")).unwrap();
    large.set_len(200 << 20).unwrap();
    let edge = fs::File::create(dir.join("edge.md")).unwrap();
    edge.set_len(MAX_FILE).unwrap();
    fs::create_dir_all(dir.join("a/b/c/d/e/f")).unwrap();
    let mut expected = vec![
        "a/b/c/d/e: folders are nested too deep for a region",
        "activities/large.md: the file is too large: 200 MiB, and at most 4 fit",
    ];
    #[cfg(unix)]
    {
        use std::os::unix::{ffi::OsStrExt as _, fs::symlink};
        fs::write(home.path().join("secret"), "x").unwrap();
        symlink("../secret", dir.join("secret.md")).unwrap();
        symlink("..", dir.join("signals/up")).unwrap();
        fs::write(dir.join(std::ffi::OsStr::from_bytes(b"caf\xe9.md")), "x").unwrap();
        std::os::unix::net::UnixListener::bind(dir.join("socket")).unwrap();
        expected.extend([
            "caf\u{fffd}.md: the file's name is not UTF-8",
            "secret.md: a symbolic link is not followed: put the file itself here",
            "signals/up: a symbolic link is not followed: put the file itself here",
            "socket: this is neither a file nor a folder",
        ]);
    }
    let told: Vec<_> = Folder::read(&dir)
        .unwrap_err()
        .iter()
        .map(|fault| format!("{}: {}", fault.path, fault.message))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn too_many_files() {
    let home = tempfile::tempdir().unwrap();
    for number in 0..=dfg_region::MAX_FILES {
        fs::File::create(home.path().join(number.to_string())).unwrap();
    }
    let faults = Folder::read(home.path()).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].message, "a region has at most 50000 files");
}

#[test]
fn a_folder_that_is_not_there() {
    let home = tempfile::tempdir().unwrap();
    let missing = Folder::read(&home.path().join("nothing")).unwrap_err();
    assert!(missing[0].message.contains("cannot be read"), "{missing:?}");
    fs::write(home.path().join("file"), "x").unwrap();
    let file = Folder::read(&home.path().join("file")).unwrap_err();
    assert!(file[0].message.contains("is not a folder"), "{file:?}");
}

#[test]
fn writing_harms_nothing() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("mine"), "x").unwrap();
    let refused = write_folder(home.path(), &starter()).unwrap_err();
    assert!(refused.to_string().contains("is not empty"), "{refused}");
    for path in ["../out", "/out", "", "a/../../out"] {
        let files = [(path.to_owned(), String::new())].into();
        let refused = write_folder(&home.path().join("new"), &files).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput, "{path}");
    }
    assert!(!home.path().join("new").exists());
}
