//! Files of messages, from one device over a relay to another: sent in pieces through torn lines and killed relays, read by nobody who may
//! not, kept once, and removed when nobody needs them.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::view::{FileHere, TimelineItem};
use model::wire::{BlobRequest, BlobResponse, ErrorCode, Outcome, WireError};
use model::{Attachment, BlobHash, MessageId, Op, RejectionCode, RoomId};
use sha2::{Digest, Sha256};
use std::io::Read;
use system_tests::people::Home;
use system_tests::proxy::Proxy;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::wire::{Wire, token};
use uuid::Uuid;

/// Bytes that no compression and no deduplication of parts makes small.
fn content(seed: u64, length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..length).map(|_| random.u8(..)).collect()
}

fn hash(content: &[u8]) -> BlobHash {
    BlobHash(Sha256::digest(content).into())
}

fn file(content: &[u8]) -> Attachment {
    Attachment {
        hash: hash(content),
        name: "a.bin".into(),
        media_type: "application/octet-stream".into(),
        bytes: content.len() as u64,
        width: None,
        height: None,
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.build().into()
}

/// Somebody who speaks HTTP to a relay.
struct Sender {
    relay: String,
    token: String,
}

type Answer<T> = Result<T, (u16, ErrorCode)>;

fn answer<T: serde::de::DeserializeOwned>(mut from: ureq::http::Response<ureq::Body>) -> Answer<T> {
    let status = from.status().as_u16();
    if from.status().is_success() {
        return Ok(from.body_mut().read_json().unwrap());
    }
    Err((
        status,
        from.body_mut().read_json::<WireError>().unwrap().code,
    ))
}

impl Sender {
    fn new(relay: &RelayProcess, name: &str) -> Self {
        Self {
            relay: relay.url(),
            token: token(&relay.url(), name),
        }
    }

    fn url(&self, room: RoomId, hash: BlobHash) -> String {
        format!("{}/v1/rooms/{room}/blobs/{hash}", self.relay)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    fn begin(&self, room: RoomId, file: &Attachment) -> Answer<BlobResponse> {
        let request = BlobRequest {
            bytes: file.bytes,
            media_type: file.media_type.clone(),
        };
        let post = agent().post(self.url(room, file.hash));
        answer(
            post.header("Authorization", self.bearer())
                .send_json(request)
                .unwrap(),
        )
    }

    fn range(&self, room: RoomId, hash: BlobHash, at: u64, part: &[u8]) -> Answer<BlobResponse> {
        let patch = agent().patch(self.url(room, hash));
        let patch = patch.header("Upload-Offset", at.to_string());
        answer(
            patch
                .header("Authorization", self.bearer())
                .send(part)
                .unwrap(),
        )
    }

    fn send(&self, room: RoomId, content: &[u8]) {
        let mut at = self.begin(room, &file(content)).unwrap();
        while !at.complete {
            let from = usize::try_from(at.offset).unwrap();
            let end = (from + 300_000).min(content.len());
            at = self
                .range(room, hash(content), at.offset, &content[from..end])
                .unwrap();
        }
    }

    /// Status and bytes.
    fn get(&self, room: RoomId, hash: BlobHash, range: Option<&str>) -> (u16, Vec<u8>) {
        let mut get = agent().get(self.url(room, hash));
        get = get.header("Authorization", self.bearer());
        if let Some(range) = range {
            get = get.header("Range", range);
        }
        let mut response = get.call().unwrap();
        let mut bytes = Vec::new();
        let mut reader = response.body_mut().as_reader();
        reader.read_to_end(&mut bytes).unwrap();
        (response.status().as_u16(), bytes)
    }
}

fn post(room_id: RoomId, files: Vec<Attachment>) -> (MessageId, Op) {
    let message_id = MessageId(Uuid::now_v7());
    let op = Op::Post {
        room_id,
        message_id,
        body: String::new(),
        reply_to: None,
        attachments: files,
    };
    (message_id, op)
}

async fn outcome(wire: &mut Wire, op: Op) -> Result<(), RejectionCode> {
    wire.push(vec![op]).await;
    match wire.outcome().await {
        Outcome::Applied { .. } => Ok(()),
        Outcome::Rejected { code, .. } => Err(code),
    }
}

async fn scene(relay: &RelayProcess) -> (Wire, RoomId) {
    for name in ["ada", "grace", "eve"] {
        relay.add_user(name);
    }
    let mut ada = Wire::hello(relay, "ada").await;
    let room = ada.create_room("General").await;
    (ada, room)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_ranges_also_by_a_relay_that_was_killed() {
    let mut relay = RelayProcess::start().await;
    let (_ada, room) = scene(&relay).await;
    let sender = Sender::new(&relay, "ada");
    let bytes = content(1, 700_000);
    let of = file(&bytes);
    assert!(!sender.begin(room, &of).unwrap().complete);
    let at = sender.range(room, of.hash, 0, &bytes[..300_000]).unwrap();
    assert_eq!((at.offset, at.complete), (300_000, false));
    // Neither again nor with a gap.
    for (from, end) in [(0, 10), (400_000, 400_010)] {
        let refused = sender.range(room, of.hash, from, &bytes[from as usize..end]);
        assert_eq!(refused.unwrap_err(), (409, ErrorCode::BlobOffset));
    }
    relay.kill();
    relay.come_back().await;
    assert_eq!(sender.begin(room, &of).unwrap().offset, 300_000);
    // Half a file is none.
    assert_eq!(sender.get(room, of.hash, None).0, 404);
    let at = sender
        .range(room, of.hash, 300_000, &bytes[300_000..])
        .unwrap();
    assert!(at.complete);
    assert_eq!(sender.get(room, of.hash, None), (200, bytes.clone()));
    let part = sender.get(room, of.hash, Some("bytes=5-9"));
    assert_eq!(part, (206, bytes[5..10].to_vec()));
    assert_eq!(sender.get(room, of.hash, Some("bytes=700000-")).0, 416);
    // Sent again it is there at once.
    assert!(sender.begin(room, &of).unwrap().complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_of_a_range_before_the_line_breaks_is_kept() {
    use tokio::io::AsyncWriteExt;
    let relay = RelayProcess::start().await;
    let (_ada, room) = scene(&relay).await;
    let sender = Sender::new(&relay, "ada");
    let bytes = content(2, 200_000);
    let of = file(&bytes);
    sender.begin(room, &of).unwrap();
    let mut line = tokio::net::TcpStream::connect(relay.address())
        .await
        .unwrap();
    let head = format!(
        "PATCH /v1/rooms/{room}/blobs/{} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nUpload-Offset: 0\r\nContent-Length: 200000\r\n\r\n",
        of.hash,
        sender.bearer()
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.write_all(&bytes[..100_000]).await.unwrap();
    line.shutdown().await.unwrap();
    drop(line);
    let offset = async || sender.begin(room, &of).unwrap().offset;
    wait::until("what came is kept", offset, |offset| *offset > 0).await;
    let at = offset().await;
    let rest = &bytes[usize::try_from(at).unwrap()..];
    assert!(sender.range(room, of.hash, at, rest).unwrap().complete);
    assert_eq!(sender.get(room, of.hash, None).1, bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn knowing_a_hash_is_not_enough() {
    let relay = RelayProcess::start().await;
    let (mut ada, room) = scene(&relay).await;
    let mut eve = Wire::hello(&relay, "eve").await;
    let other = eve.create_room("Other").await;
    let (from_ada, from_eve) = (Sender::new(&relay, "ada"), Sender::new(&relay, "eve"));
    let bytes = content(3, 5_000);
    let of = file(&bytes);
    // A post without its file, and a file that somebody else has sent.
    let (_, early) = post(room, vec![of.clone()]);
    assert_eq!(
        outcome(&mut ada, early.clone()).await,
        Err(RejectionCode::BlobMissing)
    );
    from_ada.send(room, &bytes);
    let mut lie = of.clone();
    lie.bytes += 1;
    let (_, lying) = post(room, vec![lie]);
    assert_eq!(
        outcome(&mut ada, lying).await,
        Err(RejectionCode::BlobMissing)
    );
    assert_eq!(outcome(&mut ada, early).await, Ok(()));
    // An outsider reads it neither there nor in a room of her own, nor brings it there, nor sends into the room.
    assert_eq!(from_eve.get(room, of.hash, None).0, 404);
    assert_eq!(from_eve.get(other, of.hash, None).0, 404);
    let (_, stolen) = post(other, vec![of.clone()]);
    assert_eq!(
        outcome(&mut eve, stolen).await,
        Err(RejectionCode::BlobMissing)
    );
    assert_eq!(
        from_eve.begin(room, &of).unwrap_err(),
        (404, ErrorCode::RoomNotFound)
    );
    let begun = from_eve.begin(other, &of).unwrap();
    assert_eq!(
        (begun.offset, begun.complete),
        (0, false),
        "it is to be sent"
    );
    // A member reads it, and may take it to another room without sending it.
    let mut grace = Wire::hello(&relay, "grace").await;
    grace.join(room).await;
    let from_grace = Sender::new(&relay, "grace");
    assert_eq!(from_grace.get(room, of.hash, None).0, 200);
    let own = grace.create_room("Own").await;
    assert!(from_grace.begin(own, &of).unwrap().complete);
    assert_eq!(from_ada.get(own, of.hash, None).0, 404);
    // What somebody has sent and not posted is theirs alone.
    let unposted = content(4, 100);
    from_ada.send(room, &unposted);
    assert_eq!(from_ada.get(room, hash(&unposted), None).0, 200);
    assert_eq!(from_grace.get(room, hash(&unposted), None).0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_its_hash_says_or_is_over_a_limit_is_refused() {
    let config = tempfile::NamedTempFile::new().unwrap();
    let limits = "[blobs]\nmax_bytes = 2000\naccount_max_bytes = 3000\ntypes = [\"image/*\", \"application/octet-stream\"]\n";
    std::fs::write(config.path(), limits).unwrap();
    let relay = RelayProcess::configured(config.path()).await;
    let (_ada, room) = scene(&relay).await;
    let sender = Sender::new(&relay, "ada");
    let bytes = content(5, 1000);
    let of = file(&bytes);
    sender.begin(room, &of).unwrap();
    let wrong = content(6, 1000);
    let refused = sender.range(room, of.hash, 0, &wrong).unwrap_err();
    assert_eq!(refused, (422, ErrorCode::BlobMismatch));
    assert_eq!(
        sender.begin(room, &of).unwrap().offset,
        0,
        "all of it is forgotten"
    );
    let longer = content(5, 1001);
    let refused = sender.range(room, of.hash, 0, &longer).unwrap_err();
    assert_eq!(refused, (422, ErrorCode::BlobMismatch));
    sender.send(room, &bytes);
    let refused = |file: &Attachment| sender.begin(room, file).unwrap_err();
    let large = content(7, 2001);
    assert_eq!(refused(&file(&large)), (413, ErrorCode::BlobRefused));
    let mut page = file(&content(8, 10));
    page.media_type = "text/html".into();
    assert_eq!(refused(&page), (413, ErrorCode::BlobRefused));
    sender.send(room, &content(9, 1900));
    assert_eq!(
        refused(&file(&content(10, 200))),
        (413, ErrorCode::BlobRefused)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_needs_is_removed_and_nothing_else() {
    let config = tempfile::NamedTempFile::new().unwrap();
    let soon = "[blobs]\nwait_seconds = 0\nkeep_seconds = 0\ncollect_seconds = 1\n";
    std::fs::write(config.path(), soon).unwrap();
    let relay = RelayProcess::start().await;
    let (mut ada, room) = scene(&relay).await;
    let sender = Sender::new(&relay, "ada");
    let (kept, deleted, orphan, half) = (
        content(11, 9000),
        content(12, 9000),
        content(13, 9000),
        content(14, 9000),
    );
    for one in [&kept, &deleted, &orphan] {
        sender.send(room, one);
    }
    sender.begin(room, &file(&half)).unwrap();
    sender.range(room, hash(&half), 0, &half[..100]).unwrap();
    let (_, one) = post(room, vec![file(&kept)]);
    let (gone, other) = post(room, vec![file(&deleted)]);
    outcome(&mut ada, one).await.unwrap();
    outcome(&mut ada, other).await.unwrap();
    assert!(relay.host(&["doctor"]).contains("files: all 3 are there"));
    let delete = Op::Delete {
        room_id: room,
        message_id: gone,
    };
    outcome(&mut ada, delete).await.unwrap();
    // Beside the first relay, one that collects.
    let files = relay.database().files();
    let count = async || {
        let all = |folder: &str| walk(&files.join(folder)).len();
        (all("contents"), all("parts"))
    };
    assert_eq!(count().await, (3, 1));
    let collector = RelayProcess::configured_on(relay.database().clone(), config.path()).await;
    wait::until("what nobody needs is gone", count, |left| *left == (1, 0)).await;
    assert_eq!(sender.get(room, hash(&kept), None), (200, kept));
    assert_eq!(sender.get(room, hash(&deleted), None).0, 404);
    assert_eq!(sender.get(room, hash(&orphan), None).0, 404);
    drop(collector);
    // A lost object is noticed.
    for object in walk(&files.join("contents")) {
        std::fs::remove_file(object).unwrap();
    }
    assert!(
        relay
            .host_fails(&["doctor"])
            .contains("1 of 1 are not in the store of files")
    );
}

/// A small S3 in a process of its own, which ends with the value.
struct S3 {
    child: std::process::Child,
    port: u16,
}

impl S3 {
    fn start() -> Self {
        use std::io::BufRead;
        let script = system_tests::page::root().join("tests/python/s3.py");
        let mut child = std::process::Command::new("python3")
            .arg(script)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = std::io::BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap();
        Self { child, port }
    }

    fn section(&self, key: &str) -> String {
        format!(
            "[blobs]\nkind = \"s3\"\nbucket = \"amend\"\nprefix = \"team\"\nendpoint = \"http://127.0.0.1:{}\"\naccess_key_id = \"{key}\"\nsecret_access_key = \"secret\"\nwait_seconds = 0\nkeep_seconds = 0\ncollect_seconds = 1\n",
            self.port
        )
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_s3_keeps_the_files_of_two_relays() {
    let s3 = S3::start();
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        config.path(),
        s3.section("AMEND").replace("wait_seconds = 0", ""),
    )
    .unwrap();
    let relay = RelayProcess::configured(config.path()).await;
    let (mut ada, room) = scene(&relay).await;
    // Over the size of one piece of a multipart upload.
    let bytes = content(50, 6_000_000);
    let of = file(&bytes);
    let sender = Sender::new(&relay, "ada");
    sender.begin(room, &of).unwrap();
    let first = sender.range(room, of.hash, 0, &bytes[..300_000]).unwrap();
    assert_eq!(first.offset, 300_000);
    // The rest by another relay.
    let other = RelayProcess::configured_on(relay.database().clone(), config.path()).await;
    let by_other = Sender::new(&other, "ada");
    by_other.send(room, &bytes);
    assert_eq!(sender.get(room, of.hash, None).1, bytes);
    let part = sender.get(room, of.hash, Some("bytes=5999990-"));
    assert_eq!(part, (206, bytes[5_999_990..].to_vec()));
    let (id, op) = post(room, vec![of.clone()]);
    outcome(&mut ada, op).await.unwrap();
    assert!(relay.host(&["doctor"]).contains("files: all 1 are there"));
    let delete = Op::Delete {
        room_id: room,
        message_id: id,
    };
    outcome(&mut ada, delete).await.unwrap();
    let soon = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(soon.path(), s3.section("AMEND")).unwrap();
    let _collector = RelayProcess::configured_on(relay.database().clone(), soon.path()).await;
    let status = async || sender.get(room, of.hash, None).0;
    wait::until("it is gone", status, |status| *status == 404).await;
    // What the S3 refuses is the relay's trouble, and passes.
    let wrong = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(wrong.path(), s3.section("NOBODY")).unwrap();
    let shut_out = RelayProcess::configured_on(relay.database().clone(), wrong.path()).await;
    let small = content(51, 10);
    let refused = Sender::new(&shut_out, "ada");
    refused.begin(room, &file(&small)).unwrap();
    let error = refused.range(room, hash(&small), 0, &small).unwrap_err();
    assert_eq!(error, (503, ErrorCode::StoreUnavailable));
    sender.send(room, &small);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let deep = |path: std::path::PathBuf| {
        if path.is_dir() {
            walk(&path)
        } else {
            vec![path]
        }
    };
    entries
        .flatten()
        .flat_map(|entry| deep(entry.path()))
        .collect()
}

async fn items(client: &Client, room: RoomId) -> Vec<TimelineItem> {
    client.timeline(room, None, 100).await.unwrap().items
}

async fn with_file(client: &Client, room: RoomId) -> Attachment {
    let found = async || {
        let items = items(client, room).await;
        items
            .into_iter()
            .find_map(|item| item.attachments.first().cloned())
    };
    wait::until("the message with its file", found, Option::is_some)
        .await
        .unwrap()
}

async fn whole(client: &Client, hash: BlobHash) -> Vec<u8> {
    let here = async || client.file_here(hash).await.unwrap();
    wait::until("the file is here", here, |here| *here == FileHere::Whole).await;
    client.file_part(hash, 0, u64::MAX).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_from_one_device_to_another_through_outages_and_text_does_not_wait_for_it() {
    let mut relay = RelayProcess::start().await;
    for name in ["ada", "grace"] {
        relay.add_user(name);
    }
    let line = Proxy::start(vec![relay.address()]).await;
    let home = Home::new();
    let ada = home.client_over(&line, "ada", "ada").await;
    let room = ada.create_room("General", "").await.unwrap();
    let settled = async || ada.status().await.unwrap().waiting;
    wait::until("the room is made", settled, |waiting| *waiting == 0).await;
    let grace = home.client(&relay, "grace", "grace").await;
    grace.browse().await.unwrap();
    let known = async || grace.directory().await.unwrap().len();
    wait::until("the room is known", known, |count| *count == 1).await;
    grace.join(room).await.unwrap();

    // Offline: attached, posted, and a text behind it.
    line.close(true);
    let bytes = content(20, 3_000_000);
    ada.attach_bytes(room, "a.bin", bytes.clone())
        .await
        .unwrap();
    ada.attach_bytes(room, "again.bin", bytes.clone())
        .await
        .unwrap();
    assert_eq!(
        ada.draft_files().await.unwrap().len(),
        1,
        "the same content is attached once"
    );
    ada.post(room, "").await.unwrap();
    assert!(ada.draft_files().await.unwrap().is_empty());
    ada.post(room, "text").await.unwrap();
    // The file's line breaks all the time; the text is there long before.
    line.close(false);
    ada.network_changed().await;
    let texts = async || {
        let items = items(&grace, room).await;
        items.into_iter().map(|item| item.body).collect::<Vec<_>>()
    };
    wait::until("the text is there", texts, |texts| {
        texts.contains(&"text".to_owned())
    })
    .await;
    for _ in 0..3 {
        line.cut();
        ada.network_changed().await;
    }
    relay.kill();
    relay.come_back().await;
    ada.network_changed().await;
    grace.network_changed().await;
    let file = with_file(&grace, room).await;
    assert_eq!(file.hash, hash(&bytes));
    // On demand: nothing is fetched before somebody asks.
    assert_eq!(grace.file_here(file.hash).await.unwrap(), FileHere::Absent);
    grace.fetch_file(room, file.hash, file.bytes).await.unwrap();
    assert_eq!(whole(&grace, file.hash).await, bytes);
    // Its device can remove it and fetch it again; what is not sent yet stays.
    assert_eq!(grace.clean_files(0).await.unwrap(), 1);
    assert_eq!(grace.file_here(file.hash).await.unwrap(), FileHere::Absent);
    grace.fetch_file(room, file.hash, file.bytes).await.unwrap();
    assert_eq!(whole(&grace, file.hash).await, bytes);
    grace.attach_bytes(room, "b", vec![1, 2, 3]).await.unwrap();
    assert_eq!(
        grace.clean_files(0).await.unwrap(),
        1,
        "not the one that is attached"
    );
    ada.close().await;
    grace.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_a_kill_and_a_restored_relay_gets_the_file_again() {
    let mut relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    home.login(&relay, "ada");
    let _ = home.amend("ada", &["rooms", "create", "General"]);
    let before = relay.database().clone();
    relay.kill();
    let restored = before.copy().await;
    let bytes = content(30, 400_000);
    let path = home.path().join("photo.bin");
    std::fs::write(&path, &bytes).unwrap();
    let path = path.to_str().unwrap();
    // Written while there is no relay, by a process that ends.
    let id = home.amend("ada", &["send", "General", "--attach", path, "--wait", "0"]);
    std::fs::remove_file(path).unwrap();
    relay.come_back().await;
    let _ = home.amend("ada", &["sync"]);
    let sender = Sender::new(&relay, "ada");
    let client = Client::open(&home.profile("ada")).await.unwrap();
    let room = client.rooms().await.unwrap()[0].id;
    client.close().await;
    assert_eq!(sender.get(room, hash(&bytes), None).1, bytes);
    // Another state of the store, which has neither the message nor the file.
    relay.kill();
    relay.come_back_on(restored).await;
    let _ = home.amend("ada", &["sync"]);
    let sender = Sender::new(&relay, "ada");
    assert_eq!(sender.get(room, hash(&bytes), None).1, bytes);
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let saved = home.amend("ada", &["get", id.trim(), "--folder", folder]);
    assert_eq!(std::fs::read(saved.trim()).unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_relay_would_not_take_is_refused_at_once_offline_too() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        config.path(),
        "[blobs]\nmax_bytes = 1000\ntypes = [\"image/*\"]\n",
    )
    .unwrap();
    let mut relay = RelayProcess::configured(config.path()).await;
    relay.add_user("ada");
    let home = Home::new();
    let ada = home.client(&relay, "ada", "ada").await;
    let room = ada.create_room("General", "").await.unwrap();
    let settled = async || ada.status().await.unwrap().waiting;
    wait::until("the room is made", settled, |waiting| *waiting == 0).await;
    relay.kill();
    let png = b"\x89PNG\r\n\x1a\n";
    let large = [&png[..], &content(40, 2000)].concat();
    let error = ada.attach_bytes(room, "a.png", large).await.unwrap_err();
    assert_eq!(error.code(), "file_too_large");
    let error = ada
        .attach_bytes(room, "a.txt", b"text".to_vec())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "file_type");
    assert!(ada.draft_files().await.unwrap().is_empty());
    ada.attach_bytes(room, "a.png", png.to_vec()).await.unwrap();
    ada.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_sql_writes_messages_with_and_without_files() {
    let relay = RelayProcess::start().await;
    let (mut ada, room) = scene(&relay).await;
    let mut cursor = ada.subscribe(room, None).await;
    let bytes = content(60, 100);
    let sender = Sender::new(&relay, "ada");
    sender.send(room, &bytes);
    let of = serde_json::to_string(&[file(&bytes)]).unwrap();
    let insert = |files: &str| {
        format!(
            "INSERT INTO message (room_id, author_id, body, attachments) SELECT '{room}', id, 'x', {files} FROM account WHERE name = 'ada'"
        )
    };
    let database = relay.database();
    database.sql(&insert("NULL")).await;
    database.sql(&insert("'[]'")).await;
    database.sql(&insert(&format!("'{of}'"))).await;
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.extend(ada.changes(&mut cursor).await);
    }
    let files: Vec<Vec<Attachment>> = seen
        .into_iter()
        .filter_map(|row| match row {
            model::Row::Message(message) => Some(message.attachments),
            _ => None,
        })
        .collect();
    assert_eq!(files, [vec![], vec![], vec![file(&bytes)]]);
    // What is no list of files is refused before it can confuse anybody.
    let client = database.client().await;
    for odd in ["'{}'", "'[1]'", "'[{\"hash\":\"x\"}]'", "'null'"] {
        assert!(client.batch_execute(&insert(odd)).await.is_err(), "{odd}");
    }
    // An edit leaves them, a deletion takes them.
    database
        .sql("UPDATE message SET body = 'y' WHERE attachments IS NOT NULL")
        .await;
    let edited = ada.changes(&mut cursor).await;
    let message = |rows: &[model::Row]| match rows {
        [model::Row::Message(message)] => message.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(message(&edited).attachments.len(), 1);
    database.sql("DELETE FROM message WHERE body = 'y'").await;
    let deleted = ada.changes(&mut cursor).await;
    assert!(message(&deleted).attachments.is_empty());
    assert_eq!(
        Sender::new(&relay, "eve").get(room, hash(&bytes), None).0,
        404
    );
}
