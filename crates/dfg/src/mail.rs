//! E-mail out: over SMTP where that is set, otherwise as files in the outbox.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use anyhow::Context as _;
use dfg_web::{Letter, Mail};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor, message::Mailbox,
    transport::smtp::authentication::Mechanism,
};

use crate::{clock, settings::Settings};

/// The way that the settings choose; says which in the log.
pub fn open(settings: &Settings) -> anyhow::Result<Arc<dyn Mail>> {
    let sender = settings.mail_from();
    if let Some(address) = settings.smtp() {
        let smtp = Smtp::open(&address, &sender)?;
        tracing::info!("e-mail goes out over SMTP");
        return Ok(Arc::new(smtp));
    }
    let folder = settings.data().join("outbox");
    make_private(&folder)
        .with_context(|| format!("cannot make the outbox {}", folder.display()))?;
    tracing::info!(
        "no SMTP is set: e-mail is written to files in {}",
        folder.display()
    );
    Ok(Arc::new(Outbox {
        folder,
        sender,
        count: AtomicU64::new(0),
    }))
}

/// Sends over SMTP.
struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// How many letters are on their way.
    in_hand: Arc<AtomicUsize>,
}

impl Smtp {
    fn open(address: &str, sender: &str) -> anyhow::Result<Self> {
        let from = sender
            .parse()
            .context("mail-from is not an e-mail address")?;
        // The address may hold a password, so it is not quoted.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(address)
            .context("smtp is not an address such as smtps://user:password@mail.example")?
            .authentication(vec![Mechanism::Plain, Mechanism::Login])
            .build();
        Ok(Self {
            transport,
            from,
            in_hand: Arc::default(),
        })
    }
}

impl Mail for Smtp {
    fn send(&self, letter: Letter) {
        let message = letter
            .to
            .parse()
            .map_err(anyhow::Error::from)
            .and_then(|to| {
                let message = Message::builder()
                    .from(self.from.clone())
                    .to(Mailbox::new(None, to))
                    .subject(one_line(&letter.subject))
                    .body(letter.text)?;
                Ok(message)
            });
        let transport = self.transport.clone();
        let in_hand = Arc::clone(&self.in_hand);
        in_hand.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let sent = match message {
                Ok(message) => transport.send(message).await.map_err(Into::into).map(drop),
                Err(cause) => Err(cause),
            };
            if let Err(cause) = sent {
                tracing::error!(cause = format!("{cause:#}"), "an e-mail could not be sent");
            }
            in_hand.fetch_sub(1, Ordering::SeqCst);
        });
    }

    fn in_hand(&self) -> usize {
        self.in_hand.load(Ordering::SeqCst)
    }
}

/// Writes files that anybody can read who may read the data folder.
struct Outbox {
    folder: PathBuf,
    sender: String,
    count: AtomicU64,
}

impl Mail for Outbox {
    fn send(&self, letter: Letter) {
        let (now, _) = clock::now();
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // Commands write here too, each with a count of its own.
        let process = std::process::id();
        let name = format!(
            "{}-{process}-{count}.eml",
            now.strftime("%Y-%m-%dT%H-%M-%S")
        );
        let path = self.folder.join(name);
        match write_private(&path, &spell(&self.sender, &letter)) {
            Ok(()) => tracing::info!("an e-mail was written to {}", path.display()),
            Err(cause) => tracing::error!(%cause, "an e-mail could not be written to the outbox"),
        }
    }
}

/// A letter as a file that people and programs for e-mail read alike.
fn spell(sender: &str, letter: &Letter) -> String {
    format!(
        "From: {sender}\nTo: {}\nSubject: {}\nMIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{}",
        one_line(&letter.to),
        one_line(&letter.subject),
        letter.text
    )
}

/// A text as it may stand in a header: a line end in it would begin another header.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Links in letters let people in: nobody else on the machine reads them.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut open = OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.open(path)?.write_all(text.as_bytes())
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader},
        net::TcpListener,
        sync::mpsc,
        thread,
        time::Duration,
    };

    use super::*;

    /// A mail server for one letter: enough of RFC 5321 to take it. Gives all that it was told.
    fn listen() -> (String, mpsc::Receiver<Vec<String>>) {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("smtp://{}", server.local_addr().unwrap());
        let (told, heard) = mpsc::channel();
        thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let mut all = Vec::new();
            let mut in_text = false;
            stream.write_all(b"220 here\r\n").unwrap();
            while let Some(Ok(line)) = lines.next() {
                let answer = match line.as_str() {
                    "." if in_text => {
                        in_text = false;
                        told.send(all.clone()).unwrap();
                        "250 taken"
                    }
                    _ if in_text => "",
                    "DATA" => {
                        in_text = true;
                        "354 go on"
                    }
                    "QUIT" => "221 bye",
                    _ => "250 fine",
                };
                all.push(line);
                if !answer.is_empty() {
                    stream
                        .write_all(format!("{answer}\r\n").as_bytes())
                        .unwrap();
                }
            }
        });
        (address, heard)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_letter_goes_out_over_smtp() {
        let (address, heard) = listen();
        let smtp = Smtp::open(&address, "Strategy <strategy@example.org>").unwrap();
        smtp.send(Letter {
            to: "reader@example.org".to_owned(),
            subject: "Your link to sign in".to_owned(),
            text: "Open this:\n.\nhttps://growth.example/sign-in/abc\n".to_owned(),
        });
        let wait = move || heard.recv_timeout(Duration::from_secs(20)).unwrap();
        let told = tokio::task::spawn_blocking(wait).await.unwrap();
        for line in [
            "MAIL FROM:<strategy@example.org>",
            "RCPT TO:<reader@example.org>",
            "To: reader@example.org",
            "Subject: Your link to sign in",
            "https://growth.example/sign-in/abc",
            // A line of one dot would end the letter early.
            "..",
        ] {
            assert!(
                told.iter().any(|said| said.starts_with(line)),
                "{line}: {told:#?}"
            );
        }
    }

    #[test]
    fn a_title_of_two_lines_begins_no_other_header() {
        let letter = Letter {
            to: "reader@example.org".to_owned(),
            subject: "An update on\r\nBcc: other@example.org".to_owned(),
            text: "Hello".to_owned(),
        };
        let spelled = spell("strategy@example.org", &letter);
        assert!(!spelled.contains("\nBcc:"), "{spelled}");
        assert!(
            spelled.contains("Bcc: other@example.org\nMIME-Version"),
            "{spelled}"
        );
    }

    #[test]
    fn a_wrong_address_is_told_without_its_password() {
        for (address, from) in [
            ("nonsense:secret", "a@example.org"),
            ("smtp://u:secret@h", "me"),
        ] {
            let told = Smtp::open(address, from)
                .err()
                .map(|fault| format!("{fault:#}"));
            let told = told.unwrap_or_default();
            assert!(!told.is_empty() && !told.contains("secret"), "{told}");
        }
    }
}
