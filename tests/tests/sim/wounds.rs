//! Wounds that others carry, each as a small history with real SQLite and the real machines; over real parts: `tests/wounds.rs`.

use model::view::RecoveredView;
use model::{Message, MessageId, Op, OpId, RoomId};
use system_tests::sim::Simulator;
use system_tests::sim::context::Weather;
use system_tests::sim::plan::{Act, Plan};
use system_tests::sim::world::World;

/// Device 0 and 1 are one person's, device 2 another's; everybody is connected and level.
fn world() -> World {
    world_with(&[0, 0, 1])
}

fn world_with(devices: &[usize]) -> World {
    let plan = Plan {
        seed: 3,
        devices: devices.to_vec(),
        skews: vec![0; devices.len() + 2],
        relays: 2,
        weather: Weather {
            delay: 20,
            ..Weather::default()
        },
        actions: Vec::new(),
    };
    let simulator = Simulator::new();
    let mut world = World::new(&plan, simulator.fresh_disk(), None).unwrap();
    world.rest().unwrap();
    // Everybody may change everything, so that two people can meet in one message.
    for room in world.rooms.clone() {
        let (mut row, _) = world.ctx.store.data.rooms[&room].clone();
        row.edit_policy = model::EditPolicy::Everyone;
        world
            .ctx
            .store
            .sql(room, vec![model::Row::Room(row)])
            .unwrap();
    }
    act(&mut world, &Act::KillStore);
    for relay in 0..2 {
        act(&mut world, &Act::KillRelay(relay, 5));
    }
    world.rest().unwrap();
    world
}

fn act(world: &mut World, act: &Act) {
    world.act(act).unwrap();
}

/// Nobody can be reached until [`World::heal`].
fn offline(world: &mut World) {
    for relay in 0..2 {
        act(world, &Act::KillRelay(relay, 10_000_000));
    }
}

fn shown(world: &World, device: usize, room: RoomId, id: MessageId) -> Option<Message> {
    client::db::rows::message(&world.devices[device].disk, room, id).unwrap()
}

fn body(world: &World, device: usize, room: RoomId, id: MessageId) -> String {
    shown(world, device, room, id).unwrap().body
}

fn stored(world: &World, room: RoomId, id: MessageId) -> String {
    world.ctx.store.message(room, id).unwrap().body.clone()
}

fn post(world: &mut World, device: usize) -> (RoomId, MessageId) {
    let room = world.rooms[0];
    (room, world.post_in(device, room).unwrap().unwrap())
}

fn edit(world: &mut World, device: usize, room: RoomId, id: MessageId, token: &str, text: &str) {
    let message = shown(world, device, room, id).unwrap();
    assert!(
        world
            .edit_to(device, &message, token.into(), text.into())
            .unwrap()
    );
}

fn waiting(world: &World, device: usize) -> usize {
    world.devices[device].view().unwrap().outbox.len()
}

fn recovered(world: &World, device: usize) -> Vec<RecoveredView> {
    client::recovered::list(&world.devices[device].disk).unwrap()
}

/// All faults end; then the history is checked as every other is.
fn good(mut world: World) {
    world.heal().unwrap();
    world.rest().unwrap();
    let report = world.finish();
    assert!(report.wrong.is_empty(), "{:#?}", report.wrong);
}

/// GetStream/stream-chat-android#3318.
#[test]
fn a_message_posted_and_then_edited_offline_is_sent_with_the_edit() {
    let mut world = world();
    offline(&mut world);
    let (room, id) = post(&mut world, 0);
    edit(&mut world, 0, room, id, "better", "better words");
    world.heal().unwrap();
    world.rest().unwrap();
    assert_eq!(stored(&world, room, id), "better words");
    assert_eq!(body(&world, 2, room, id), "better words");
    good(world);
}

/// meganz/MEGAchat#758.
#[test]
fn the_echo_of_a_first_edit_does_not_undo_the_second() {
    let mut world = world();
    let (room, id) = post(&mut world, 0);
    world.rest().unwrap();
    edit(&mut world, 0, room, id, "first", "first");
    // The echo has come, its outcome has not, or has only just.
    let confirmed = move |world: &World| {
        let view = world.devices[0].view().unwrap();
        view.rows.values().any(
            |row| matches!(row, model::Row::Message(row) if row.id == id && row.body == "first"),
        )
    };
    let pushed = |world: &World| world.ctx.store.message(room, id).unwrap().body == "first";
    world.until("the first edit is committed", pushed).unwrap();
    edit(&mut world, 0, room, id, "second", "second");
    assert_eq!(body(&world, 0, room, id), "second");
    world
        .until("the echo of the first is here", confirmed)
        .unwrap();
    assert_eq!(
        body(&world, 0, room, id),
        "second",
        "the echo has undone it"
    );
    world.rest().unwrap();
    assert_eq!(stored(&world, room, id), "second");
    good(world);
}

/// powersync-native#15.
#[test]
fn a_failed_push_is_retried_without_another_local_write() {
    let mut world = world();
    world.ctx.store_down = true;
    let (room, id) = post(&mut world, 0);
    let later = world.ctx.now + 20_000;
    world
        .until("it has failed for a while", |world| world.ctx.now > later)
        .unwrap();
    assert_eq!(waiting(&world, 0), 1);
    world.ctx.store_down = false;
    world.rest().unwrap();
    assert!(world.ctx.store.message(room, id).is_some());
    assert_eq!(waiting(&world, 0), 0);
    good(world);
}

/// powersync.dart#326.
#[test]
fn pending_local_writes_never_hold_up_incoming_rows() {
    let mut world = world();
    let rooms = world.rooms.clone();
    // What device 0 writes into the first room can't be applied for a while.
    let holder = world.ctx.tx();
    assert!(world.ctx.store.hold(holder, rooms[0]));
    let (room, mine) = post(&mut world, 0);
    let theirs = world.post_in(1, rooms[1]).unwrap().unwrap();
    world
        .until("theirs is here", |world| {
            shown(world, 0, rooms[1], theirs).is_some_and(|row| row.position.is_some())
        })
        .unwrap();
    assert_eq!(waiting(&world, 0), 1, "mine is not on its way any more");
    assert!(shown(&world, 0, room, mine).is_some());
    // Rows of the very room too.
    world.ctx.store.abort(holder);
    world.ctx.weather.lose = 0;
    good(world);
}

/// powersync.dart#253.
#[test]
fn reads_never_go_back_over_flaky_reconnects() {
    let mut world = world();
    let room = world.rooms[0];
    let mut mine: Vec<(MessageId, String)> = Vec::new();
    for round in 0..25_u64 {
        let id = world.post_in(0, room).unwrap().unwrap();
        mine.push((id, body(&world, 0, room, id)));
        if round % 3 == 0 {
            let text = format!("round-{round}");
            edit(&mut world, 0, room, id, &text, &text);
            mine.last_mut().unwrap().1 = text;
        }
        act(&mut world, &Act::Cut(0, round % 2 == 0));
        let later = world.ctx.now + 40 * round;
        let expected = mine.clone();
        // At every moment all that was written shows, with its last text; the watch looks at confirmed rows.
        world
            .until("a while has passed", |world| {
                for (id, text) in &expected {
                    assert_eq!(&body(world, 0, room, *id), text);
                }
                world.ctx.now > later
            })
            .unwrap();
    }
    world.rest().unwrap();
    for (id, text) in mine {
        assert_eq!(stored(&world, room, id), text);
    }
    good(world);
}

/// powersync-js#605.
#[test]
fn a_hundred_messages_a_second_all_arrive_once_and_in_order() {
    let mut world = world();
    let room = world.rooms[0];
    let mut written = Vec::new();
    let begin = world.ctx.now;
    for number in 0..100 {
        written.push(world.post_in(0, room).unwrap().unwrap());
        if number % 17 == 5 {
            act(&mut world, &Act::Cut(0, true));
        }
        if number % 40 == 20 {
            act(&mut world, &Act::KillRelay(number % 2, 30));
        }
        let next = begin + 10 * (number as u64 + 1);
        // The last may be the last event there is.
        let _ = world.until("its moment", |world| world.ctx.now >= next);
    }
    world.rest().unwrap();
    let stored: Vec<MessageId> = world
        .ctx
        .store
        .messages(room)
        .iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(stored, written);
    let view = world.devices[2].view().unwrap();
    assert_eq!(view.timelines[&room], written);
    good(world);
}

/// element-web#16771.
#[test]
fn a_failed_one_halts_what_depends_on_it_and_nothing_else() {
    let mut world = world();
    let (room, id) = post(&mut world, 0);
    world.rest().unwrap();
    offline(&mut world);
    edit(&mut world, 0, room, id, "mine", "mine own words here");
    edit(
        &mut world,
        0,
        room,
        id,
        "more",
        "mine own words here and more",
    );
    let (_, first) = post(&mut world, 0);
    let (_, second) = post(&mut world, 0);
    // Meanwhile the message is deleted by its author's other device.
    let mut gone = world.ctx.store.message(room, id).unwrap().clone();
    (gone.body, gone.deleted_at) = (String::new(), Some(model::Millis(1)));
    world
        .ctx
        .store
        .sql(room, vec![model::Row::Message(gone)])
        .unwrap();
    world.heal().unwrap();
    world.rest().unwrap();
    let order: Vec<MessageId> = world
        .ctx
        .store
        .messages(room)
        .iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(
        order,
        [id, first, second],
        "the posts are there, in their order"
    );
    let kept: Vec<String> = recovered(&world, 0)
        .into_iter()
        .filter_map(|view| view.text)
        .collect();
    assert_eq!(kept.len(), 2, "both texts are kept: {kept:?}");
    good(world);
}

/// A device 0 whose post in an archived room was refused.
fn refused() -> (World, RoomId, MessageId) {
    let mut world = world();
    offline(&mut world);
    let (room, id) = post(&mut world, 0);
    let (mut row, _) = world.ctx.store.data.rooms[&room].clone();
    row.archived_at = Some(model::Millis(1));
    world
        .ctx
        .store
        .sql(room, vec![model::Row::Room(row)])
        .unwrap();
    world.heal().unwrap();
    world.rest().unwrap();
    assert_eq!(recovered(&world, 0).len(), 1);
    assert!(world.ctx.store.message(room, id).is_none());
    (world, room, id)
}

fn reopen(world: &mut World, room: RoomId) {
    let (mut row, _) = world.ctx.store.data.rooms[&room].clone();
    row.archived_at = None;
    world
        .ctx
        .store
        .sql(room, vec![model::Row::Room(row)])
        .unwrap();
    for relay in 0..2 {
        act(world, &Act::KillRelay(relay, 5));
    }
    world.rest().unwrap();
}

/// element-web#26905.
#[test]
fn a_failed_message_can_be_edited_and_retried() {
    let (mut world, room, id) = refused();
    assert!(
        shown(&world, 0, room, id).is_some(),
        "it stays on the screen"
    );
    reopen(&mut world, room);
    edit(
        &mut world,
        0,
        room,
        id,
        "edited",
        "edited after the refusal",
    );
    world.rest().unwrap();
    assert_eq!(stored(&world, room, id), "edited after the refusal");
    assert!(recovered(&world, 0).is_empty());
    good(world);
}

/// element-web#26905: one that was not sent yet.
#[test]
fn an_unsent_message_can_be_edited() {
    let mut world = world();
    offline(&mut world);
    let (room, id) = post(&mut world, 0);
    for text in ["once", "twice"] {
        edit(&mut world, 0, room, id, text, text);
    }
    assert_eq!(body(&world, 0, room, id), "twice");
    world.heal().unwrap();
    world.rest().unwrap();
    assert_eq!(body(&world, 2, room, id), "twice");
    good(world);
}

/// zulip#29097.
#[test]
fn a_failed_message_keeps_its_text_when_an_edit_of_it_is_given_up() {
    let (mut world, room, id) = refused();
    let before = body(&world, 0, room, id);
    reopen(&mut world, room);
    // An edit that the rules refuse, and one that is begun and given up, write nothing.
    let empty = Op::Edit {
        room_id: room,
        message_id: id,
        base_rev: model::Rev::FIRST,
        base: Some(before.clone()),
        body: " ".into(),
    };
    let op_id = OpId(world.ctx.id());
    let written = world.devices[0]
        .submit(empty, op_id, &mut world.ctx)
        .unwrap();
    assert!(!written);
    assert_eq!(body(&world, 0, room, id), before);
    assert_eq!(
        recovered(&world, 0)[0].text.as_deref(),
        Some(before.as_str())
    );
    act(&mut world, &Act::Settle(0, true));
    world.rest().unwrap();
    assert_eq!(stored(&world, room, id), before);
    good(world);
}

/// mattermost#37593.
#[test]
fn offline_messages_survive_a_restart() {
    let mut world = world();
    offline(&mut world);
    let (room, id) = post(&mut world, 0);
    let text = body(&world, 0, room, id);
    act(&mut world, &Act::KillDevice(0, 10));
    let device_is_back = |world: &World| world.devices[0].is_up();
    world.until("the device is back", device_is_back).unwrap();
    assert_eq!(body(&world, 0, room, id), text);
    world.heal().unwrap();
    world.rest().unwrap();
    assert_eq!(body(&world, 2, room, id), text);
    good(world);
}

/// Several devices of one person, offline at once, at the same message.
#[test]
fn two_devices_of_one_person_edit_the_same_message_offline() {
    let mut world = world();
    let (room, id) = post(&mut world, 0);
    world.rest().unwrap();
    offline(&mut world);
    let before = body(&world, 0, room, id);
    let at_desk = before.replace("one", "desk");
    let on_train = before.replace("five", "train");
    edit(&mut world, 0, room, id, "desk", &at_desk);
    edit(&mut world, 1, room, id, "train", &on_train);
    world.heal().unwrap();
    world.rest().unwrap();
    let both = before.replace("one", "desk").replace("five", "train");
    assert_eq!(
        stored(&world, room, id),
        both,
        "two edits that are apart go together"
    );
    // The same word: one wins, the other is kept for the person.
    offline(&mut world);
    edit(
        &mut world,
        0,
        room,
        id,
        "red",
        &both.replace("three", "red"),
    );
    edit(
        &mut world,
        1,
        room,
        id,
        "blue",
        &both.replace("three", "blue"),
    );
    world.heal().unwrap();
    world.rest().unwrap();
    let kept: Vec<RecoveredView> = [recovered(&world, 0), recovered(&world, 1)].concat();
    assert_eq!(kept.len(), 1, "{kept:?}");
    good(world);
}

#[test]
fn a_device_restored_from_an_old_backup_converges() {
    let mut world = world();
    let (room, id) = post(&mut world, 0);
    world.rest().unwrap();
    act(&mut world, &Act::BackUpDevice(0));
    edit(&mut world, 0, room, id, "later", "later words");
    post(&mut world, 0);
    world.rest().unwrap();
    act(&mut world, &Act::RestoreDevice(0));
    world.rest().unwrap();
    assert_eq!(body(&world, 0, room, id), "later words");
    good(world);
}

#[test]
fn a_reinstalled_device_converges() {
    let mut world = world();
    let (room, id) = post(&mut world, 0);
    world.rest().unwrap();
    act(&mut world, &Act::Reinstall(0));
    world.rest().unwrap();
    assert!(shown(&world, 0, room, id).is_some());
    good(world);
}

/// A restored store is offered again what it has lost, by the devices that wrote it.
#[test]
fn a_restored_store_gets_back_what_it_has_lost() {
    let mut world = world();
    let (room, old) = post(&mut world, 0);
    world.rest().unwrap();
    act(&mut world, &Act::BackUpStore);
    let (_, new) = post(&mut world, 0);
    edit(&mut world, 2, room, old, "theirs", "theirs words");
    world.rest().unwrap();
    act(&mut world, &Act::RestoreStore);
    assert!(world.ctx.store.message(room, new).is_none());
    world.rest().unwrap();
    assert!(world.ctx.store.message(room, new).is_some());
    assert_eq!(stored(&world, room, old), "theirs words");
    assert_eq!(body(&world, 1, room, old), "theirs words");
    good(world);
}
