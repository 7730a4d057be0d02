//! Many, and much: connections that never say Hello, floods, peers that do not read. The relay's memory stays bounded, they are all ended,
//! and a bystander goes on chatting.

use model::limits::FRAME_MAX_BYTES;
use model::wire::{Codec, ErrorCode, Outcome};
use model::{MessageId, Op, RoomId};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use system_tests::raw::*;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::wire::{Wire, token};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

const MIB: usize = 1024 * 1024;

/// Posts until it is told to stop, each time waiting for the outcome; says how many.
async fn chat(mut wire: Wire, room_id: RoomId, enough: Arc<AtomicBool>) -> usize {
    let mut count = 0;
    while !enough.load(Ordering::Relaxed) {
        let post = Op::Post {
            room_id,
            message_id: MessageId(Uuid::now_v7()),
            body: format!("message {count}"),
            reply_to: None,
            attachments: Vec::new(),
        };
        wire.push(vec![post]).await;
        assert!(matches!(wire.outcome().await, Outcome::Applied { .. }));
        count += 1;
        // A person, not a flood.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    count
}

/// A relay, and somebody who chats on it.
struct Scene {
    relay: RelayProcess,
    token: String,
    enough: Arc<AtomicBool>,
    chat: tokio::task::JoinHandle<usize>,
}

impl Scene {
    async fn start() -> Self {
        let relay = RelayProcess::roomy().await;
        relay.add_user("ada");
        let token = token(&relay.url(), "ada");
        let mut wire = Wire::hello_with(&relay.url(), &token).await;
        let room = wire.create_room("General").await;
        let enough = Arc::new(AtomicBool::new(false));
        let chat = tokio::spawn(chat(wire, room, Arc::clone(&enough)));
        Self {
            relay,
            token,
            enough,
            chat,
        }
    }

    /// Whoever chatted did so all along.
    async fn end(self, at_least: usize) {
        self.enough.store(true, Ordering::Relaxed);
        let count = self.chat.await.unwrap();
        assert!(count >= at_least, "only {count} messages");
    }
}

/// How somebody never says Hello.
#[derive(Clone, Copy, Debug)]
enum Silence {
    Nothing,
    HalfAHandshake,
    Upgraded,
    HalfAFrame,
}

async fn be_silent(address: SocketAddr, how: Silence) -> Raw {
    match how {
        Silence::Nothing => Raw::connect(address).await,
        Silence::HalfAHandshake => {
            let mut raw = Raw::connect(address).await;
            raw.send(&upgrade(&[]).as_bytes()[..90]).await;
            raw
        }
        Silence::Upgraded => Raw::upgraded(address, Codec::Json).await,
        Silence::HalfAFrame => {
            let mut raw = Raw::upgraded(address, Codec::Json).await;
            let mut frame = Frame::new(TEXT, vec![b' '; 1000]);
            frame.says = Some(u64::try_from(FRAME_MAX_BYTES).unwrap());
            raw.send(frame.bytes()).await;
            raw
        }
    }
}

/// How many files this process, and so the relay that it starts, may open.
fn files_max() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.unwrap().split_whitespace().nth(3).unwrap();
    soft.parse().unwrap_or(usize::MAX)
}

/// Lets ten thousand come and be silent, as many at once as the system allows, the others when those have gone. Each costs little.
async fn crowd(scene: &Scene, kinds: &[Silence]) -> Vec<Raw> {
    const CROWD: usize = 10_000;
    let (memory, files) = (scene.relay.memory(), scene.relay.files());
    let at_once = CROWD.min(files_max() / 2);
    let mut crowd = Vec::new();
    let mut most = 0;
    for came in 1..=CROWD {
        if crowd.len() == at_once {
            crowd.clear();
        }
        let kind = kinds[came % kinds.len()];
        crowd.push(be_silent(scene.relay.address(), kind).await);
        if came % 500 > 0 {
            continue;
        }
        // More than the system lets wait for the relay would have to come again. An upgrade is answered by one who was let in.
        if matches!(kind, Silence::Nothing | Silence::HalfAHandshake) {
            let has_come = |now: &usize| *now >= crowd.len();
            wait::until("they are let in", async || scene.relay.files(), has_come).await;
        }
        // On a slow machine the first are put out while the last come.
        let here = scene.relay.files().saturating_sub(files);
        let grown = scene.relay.memory().saturating_sub(memory);
        most = most.max(grown);
        // A session's buffers and tasks, and nothing of what was announced.
        assert!(
            grown < 64 * 1024 * here.max(500),
            "{grown} bytes for {here}"
        );
    }
    println!("{} kB at most for {at_once} at once", most / 1024);
    crowd
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_that_never_say_hello_cost_little_and_are_put_out() {
    let scene = Scene::start().await;
    let files = scene.relay.files();
    let crowd = crowd(&scene, &[Silence::Upgraded, Silence::HalfAFrame]).await;
    let gone = |now: &usize| *now < files + 20;
    wait::until("all are put out", async || scene.relay.files(), gone).await;
    drop(crowd);
    scene.end(20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_that_never_finish_a_handshake_cost_little() {
    let scene = Scene::start().await;
    let crowd = crowd(&scene, &[Silence::Nothing, Silence::HalfAHandshake]).await;
    scene.end(20).await;
    drop(crowd);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_pings_and_never_reads_is_ended_and_holds_no_memory() {
    let scene = Scene::start().await;
    let before = scene.relay.memory();
    let mut raw = Raw::known(scene.relay.address(), Codec::Json, &scene.token).await;
    let pings = all(&vec![Frame::new(PING, [b'x'; 125]); 500]);
    let (mut sent, mut most) = (0, 0);
    let mut write = raw.take_writer();
    let flood = async {
        while write.write_all(&pings).await.is_ok() {
            sent += pings.len();
            most = most.max(scene.relay.memory());
        }
    };
    tokio::time::timeout(wait::DEADLINE, flood)
        .await
        .expect("it is ended");
    // What is allowed, what is drained, and what the system buffers.
    assert!(sent < 80 * MIB, "{sent} bytes were taken");
    let grown = most.saturating_sub(before);
    println!("{sent} bytes of pings taken, {grown} bytes of memory");
    assert!(grown < 24 * MIB, "{grown} bytes of memory");
    scene.end(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_never_ends_does() {
    let scene = Scene::start().await;
    let address = scene.relay.address();
    // Before Hello, nothing but a Hello fits.
    let mut raw = Raw::upgraded(address, Codec::Json).await;
    raw.send(Frame::new(TEXT, "").unfinished().bytes()).await;
    let empty = all(&vec![Frame::new(CONTINUATION, "").unfinished(); 20_000]);
    raw.send(&empty).await;
    let ending = raw.ending(Codec::Json).await;
    assert_eq!(ending, (Some(ErrorCode::TooLarge), Some(1009)));
    let mut raw = Raw::upgraded(address, Codec::Json).await;
    raw.send(Frame::new(TEXT, vec![b' '; 70_000]).bytes()).await;
    let ending = raw.ending(Codec::Json).await;
    assert_eq!(ending, (Some(ErrorCode::TooLarge), Some(1009)));
    // After it, pings between the fragments don't make it a message.
    let mut raw = Raw::known(address, Codec::Json, &scene.token).await;
    raw.send(Frame::new(TEXT, "").unfinished().bytes()).await;
    let nothing = [
        vec![Frame::new(PING, [b'x'; 125]); 500],
        vec![Frame::new(CONTINUATION, "").unfinished()],
    ];
    let nothing = all(&nothing.concat());
    let mut write = raw.take_writer();
    let flood = tokio::spawn(async move { while write.write_all(&nothing).await.is_ok() {} });
    let ending = raw.ending(Codec::Json).await;
    assert_eq!(ending, (Some(ErrorCode::Overloaded), Some(1008)));
    drop(raw);
    flood.await.unwrap();
    scene.end(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_large_frames_of_strangers_are_not_held() {
    let scene = Scene::start().await;
    let before = scene.relay.memory();
    let mut crowd = Vec::new();
    for _ in 0..100 {
        let mut raw = Raw::upgraded(scene.relay.address(), Codec::Json).await;
        let mut frame = Frame::new(TEXT, vec![b' '; 60_000]);
        frame.says = Some(u64::try_from(FRAME_MAX_BYTES).unwrap());
        raw.send(frame.bytes()).await;
        crowd.push(raw);
    }
    // They are served: each answers a ping only behind its frame, so look at what was taken.
    let grown = scene.relay.memory().saturating_sub(before);
    println!("{} kB for 100 strangers", grown / 1024);
    assert!(grown < 100 * 200 * 1024, "{grown} bytes");
    scene.end(1).await;
}
