//! Fetching, from a real server on this machine that behaves and misbehaves.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use dfg_evidence::{
    fetch::{Allowed, FetchError, Fetched, fetch},
    vintage::Tag,
};

use super::*;

/// What a server answers to a request's path and headers.
type Answering = dyn Fn(&str, &[String]) -> Vec<u8> + Send + Sync;

struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Vec<String>>>>,
}

fn serve(answer: impl Fn(&str, &[String]) -> Vec<u8> + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let (noted, answer): (_, Arc<Answering>) = (asked.clone(), Arc::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (noted, answer) = (noted.clone(), answer.clone());
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let reader = BufReader::new(stream.try_clone().unwrap());
                let lines: Vec<String> = reader
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .collect();
                let path = lines[0].split(' ').nth(1).unwrap().to_owned();
                let bytes = answer(&path, &lines);
                noted.lock().unwrap().push(lines);
                drop(stream.write_all(&bytes));
            });
        }
    });
    Server { port, asked }
}

fn allowed() -> Allowed {
    Allowed {
        hosts: vec!["127.0.0.1".to_owned()],
        private: true,
        largest: 10_000,
    }
}

impl Server {
    fn fetch(&self, path: &str, known: &Tag, room: &TempDir) -> Result<Fetched, FetchError> {
        let address = format!("http://127.0.0.1:{}{path}", self.port);
        fetch(
            &address,
            &allowed(),
            known,
            &room.path().join("a.part"),
            &mut |_, _| {},
        )
    }
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"one\"\r\n";

#[test]
fn a_file_is_fetched_once_and_not_again_unchanged() {
    let server = serve(|_, lines| {
        let known = lines
            .iter()
            .any(|line| line.eq_ignore_ascii_case("if-none-match: \"one\""));
        if known {
            b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec()
        } else {
            format!("{HEAD}Content-Length: 5\r\n\r\nhello").into_bytes()
        }
    });
    let room = TempDir::new().unwrap();
    let Fetched::File(tag) = server.fetch("/a", &Tag::default(), &room).unwrap() else {
        panic!("nothing came");
    };
    assert_eq!(
        fs::read_to_string(room.path().join("a.part")).unwrap(),
        "hello"
    );
    fs::remove_file(room.path().join("a.part")).unwrap();
    assert_eq!(server.fetch("/a", &tag, &room).unwrap(), Fetched::Same);
}

#[test]
fn a_download_that_broke_off_goes_on() {
    let server = serve(|_, lines| {
        let range = lines
            .iter()
            .find(|line| line.to_lowercase().starts_with("range: "));
        match range {
            None => format!("{HEAD}Content-Length: 10\r\n\r\n01234").into_bytes(),
            Some(range) => {
                assert_eq!(range.to_lowercase(), "range: bytes=5-");
                assert!(
                    lines
                        .iter()
                        .any(|line| line.eq_ignore_ascii_case("if-range: \"one\""))
                );
                b"HTTP/1.1 206 Partial\r\nConnection: close\r\nETag: \"one\"\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10\r\n\r\n56789".to_vec()
            }
        }
    });
    let room = TempDir::new().unwrap();
    let broken = server.fetch("/a", &Tag::default(), &room).unwrap_err();
    assert!(
        matches!(broken, FetchError::Broken { had: 5, .. }),
        "{broken:?}"
    );
    assert!(matches!(
        server.fetch("/a", &Tag::default(), &room),
        Ok(Fetched::File(_))
    ));
    assert_eq!(
        fs::read_to_string(room.path().join("a.part")).unwrap(),
        "0123456789"
    );
    assert_eq!(server.asked.lock().unwrap().len(), 2);
}

#[test]
fn nothing_is_fetched_from_where_it_may_not_be() {
    let server = serve(|path, _| {
        match path {
        "/away" => b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: http://elsewhere.test/\r\nContent-Length: 0\r\n\r\n".to_vec(),
        "/round" => b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n".to_vec(),
        "/large" => format!("{HEAD}Content-Length: 1000000\r\n\r\n").into_bytes(),
        "/endless" => [HEAD.as_bytes(), b"\r\n", &vec![b'x'; 100_000]].concat(),
        "/none" => b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec(),
        _ => b"nonsense\r\n\r\n".to_vec(),
    }
    });
    let room = TempDir::new().unwrap();
    let told = |path: &str| server.fetch(path, &Tag::default(), &room).unwrap_err();
    assert!(matches!(told("/away"), FetchError::NotAllowed(host) if host == "elsewhere.test"));
    assert!(matches!(told("/round"), FetchError::Redirects));
    assert!(matches!(told("/large"), FetchError::TooLarge(10_000)));
    assert!(matches!(told("/endless"), FetchError::TooLarge(10_000)));
    assert!(matches!(told("/none"), FetchError::Refused { status: 404 }));
    assert!(matches!(told("/x"), FetchError::Unreachable(_)));
    assert!(
        !room.path().join("a.part").exists(),
        "nothing too large is kept"
    );
    let ask = |address: &str, allowed: &Allowed| {
        let part = room.path().join("b.part");
        fetch(address, allowed, &Tag::default(), &part, &mut |_, _| {}).unwrap_err()
    };
    let public = Allowed {
        hosts: vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "[::1]".to_owned(),
        ],
        private: false,
        largest: 10,
    };
    for address in ["https://localhost/", "https://127.0.0.1/", "https://[::1]/"] {
        let told = ask(address, &public);
        assert!(
            matches!(told, FetchError::Private(_)),
            "{address}: {told:?}"
        );
    }
    for address in [
        "http://localhost/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "nonsense",
        "https://me:secret@localhost/",
    ] {
        let told = ask(address, &public);
        assert!(
            matches!(told, FetchError::NotAnAddress(_)),
            "{address}: {told:?}"
        );
    }
}
