//! The rules of `decide`, case by case, and its laws.

#![allow(clippy::unwrap_used)]

use model::*;
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

const ROOM: RoomId = RoomId(Uuid::from_u128(1));
const ADA: UserId = UserId(Uuid::from_u128(10));
const GRACE: UserId = UserId(Uuid::from_u128(11));
const MESSAGE: MessageId = MessageId(Uuid::from_u128(100));

fn actor(user_id: UserId) -> Actor {
    Actor {
        user_id,
        name: "someone".into(),
    }
}

fn room() -> Room {
    Room {
        id: ROOM,
        seq: Seq(1),
        name: "General".into(),
        topic: String::new(),
        kind: RoomKind::Channel,
        edit_policy: EditPolicy::Author,
        archived_at: None,
        created_by: ADA,
        created_at: Millis(1),
    }
}

fn member(user_id: UserId, role: Role) -> Member {
    Member {
        room_id: ROOM,
        user_id,
        seq: Seq(2),
        name: "someone".into(),
        role,
        joined_at: Millis(1),
        left_at: None,
    }
}

fn message(author_id: UserId) -> Message {
    Message {
        room_id: ROOM,
        id: MESSAGE,
        seq: Seq(5),
        position: Some(Seq(3)),
        author_id,
        body: "old".into(),
        reply_to: None,
        rev: Rev(2),
        created_at: Millis(1),
        edited_at: Some(Millis(2)),
        edited_by: Some(author_id),
        deleted_at: None,
        pinned_at: None,
        attachments: Vec::new(),
    }
}

fn post(body: &str) -> Op {
    Op::Post {
        room_id: ROOM,
        message_id: MESSAGE,
        body: body.into(),
        reply_to: None,
        attachments: Vec::new(),
    }
}

fn edit(base_rev: i32, body: &str) -> Op {
    Op::Edit {
        room_id: ROOM,
        message_id: MESSAGE,
        base_rev: Rev(base_rev),
        base: None,
        body: body.into(),
    }
}

fn delete() -> Op {
    Op::Delete {
        room_id: ROOM,
        message_id: MESSAGE,
    }
}

fn create(name: &str) -> Op {
    Op::CreateRoom {
        room_id: ROOM,
        name: name.into(),
        topic: String::new(),
    }
}

fn ask(
    room: Option<&Room>,
    member: Option<&Member>,
    message: Option<&Message>,
    op: &Op,
) -> Result<Vec<Row>, Rejection> {
    decide(
        State {
            room,
            member,
            message,
            ..State::default()
        },
        op,
        &actor(ADA),
        Millis(9),
    )
}

#[test]
fn a_room_is_made_with_its_owner() {
    let rows = ask(None, None, None, &create(" General ")).unwrap();
    let [Row::Room(room), Row::Member(member)] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!((room.name.as_str(), room.created_by), ("General", ADA));
    assert_eq!((member.user_id, member.role), (ADA, Role::Owner));
}

#[rstest]
#[case::mine_again(ADA, true, Ok(0))]
#[case::someone_elses(GRACE, true, Err(Rejection::IdTaken))]
#[case::mine_but_gone(ADA, false, Err(Rejection::IdTaken))]
fn a_room_that_exists(
    #[case] by: UserId,
    #[case] in_it: bool,
    #[case] expected: Result<usize, Rejection>,
) {
    let mut there = room();
    there.created_by = by;
    let me = member(ADA, Role::Owner);
    let answer = ask(Some(&there), in_it.then_some(&me), None, &create("General"));
    assert_eq!(answer.map(|rows| rows.len()), expected);
}

#[rstest]
#[case("", false)]
#[case("   ", false)]
#[case("a\nb", false)]
#[case("\u{0}", false)]
#[case("x", true)]
fn room_names(#[case] name: &str, #[case] good: bool) {
    assert_eq!(ask(None, None, None, &create(name)).is_ok(), good);
    let long = "ä".repeat(limits::ROOM_NAME_MAX_CHARS + 1);
    assert_eq!(
        ask(None, None, None, &create(&long)),
        Err(Rejection::RoomNameInvalid)
    );
}

#[test]
fn joining_makes_a_member_once_and_restores_no_office() {
    let there = room();
    let join = Op::Join { room_id: ROOM };
    let rows = ask(Some(&there), None, None, &join).unwrap();
    assert!(matches!(
        rows.as_slice(),
        [Row::Member(Member {
            role: Role::Member,
            left_at: None,
            ..
        })]
    ));
    let owner = member(ADA, Role::Owner);
    assert_eq!(ask(Some(&there), Some(&owner), None, &join), Ok(Vec::new()));
    for (before, after) in [(Role::Owner, Role::Member), (Role::Reader, Role::Reader)] {
        let mut gone = member(ADA, before);
        gone.left_at = Some(Millis(3));
        let rows = ask(Some(&there), Some(&gone), None, &join).unwrap();
        assert!(
            matches!(rows.as_slice(), [Row::Member(Member { role, left_at: None, .. })] if *role == after)
        );
    }
}

#[test]
fn a_direct_room_is_as_good_as_absent_to_outsiders() {
    let mut there = room();
    there.kind = RoomKind::Direct;
    let join = Op::Join { room_id: ROOM };
    assert_eq!(
        ask(Some(&there), None, None, &join),
        ask(None, None, None, &join)
    );
    assert_eq!(
        ask(Some(&there), None, None, &post("x")),
        ask(None, None, None, &post("x"))
    );
}

#[rstest]
#[case::empty("", Rejection::BodyEmpty)]
#[case::white_space(" \n\t ", Rejection::BodyEmpty)]
#[case::nul("a\u{0}b", Rejection::BodyNotText)]
fn bodies_that_are_none(#[case] body: &str, #[case] why: Rejection) {
    let (there, me, old) = (room(), member(ADA, Role::Member), message(ADA));
    assert_eq!(
        ask(Some(&there), Some(&me), None, &post(body)),
        Err(why.clone())
    );
    assert_eq!(
        ask(Some(&there), Some(&me), Some(&old), &edit(2, body)),
        Err(why)
    );
}

#[test]
fn the_longest_body_fits_and_one_more_byte_does_not() {
    let (there, me) = (room(), member(ADA, Role::Member));
    let mut body = "x".repeat(limits::BODY_MAX_BYTES);
    assert!(ask(Some(&there), Some(&me), None, &post(&body)).is_ok());
    body.push('x');
    let why = Rejection::BodyTooLong { bytes: body.len() };
    assert_eq!(ask(Some(&there), Some(&me), None, &post(&body)), Err(why));
}

#[test]
fn a_resent_post_changes_nothing_and_a_stolen_id_is_refused() {
    let (there, me) = (room(), member(ADA, Role::Member));
    let mut mine = message(ADA);
    mine.deleted_at = Some(Millis(4));
    assert_eq!(
        ask(Some(&there), Some(&me), Some(&mine), &post("x")),
        Ok(Vec::new())
    );
    let theirs = message(GRACE);
    assert_eq!(
        ask(Some(&there), Some(&me), Some(&theirs), &post("x")),
        Err(Rejection::IdTaken)
    );
}

#[test]
fn an_edit_keeps_the_earlier_text() {
    let (there, me, old) = (room(), member(ADA, Role::Member), message(ADA));
    let rows = ask(Some(&there), Some(&me), Some(&old), &edit(2, "new")).unwrap();
    let [Row::MessageVersion(version), Row::Message(after)] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!((version.body.as_str(), version.rev), ("old", Rev(2)));
    assert_eq!(
        (after.body.as_str(), after.rev, after.edited_at),
        ("new", Rev(3), Some(Millis(9)))
    );
    assert_eq!(
        (after.position, after.created_at),
        (old.position, old.created_at)
    );
}

#[rstest]
#[case::behind(1, "new", Err(Rejection::Conflict { current: Rev(2) }))]
#[case::ahead(3, "new", Err(Rejection::Conflict { current: Rev(2) }))]
#[case::already_so(1, "old", Ok(0))]
#[case::level(2, "new", Ok(2))]
fn edits_of_another_revision(
    #[case] base: i32,
    #[case] body: &str,
    #[case] expected: Result<usize, Rejection>,
) {
    let (there, me, old) = (room(), member(ADA, Role::Member), message(ADA));
    let answer = ask(Some(&there), Some(&me), Some(&old), &edit(base, body));
    assert_eq!(answer.map(|rows| rows.len()), expected);
}

#[test]
fn deleting_clears_the_text_once() {
    let (there, me, old) = (room(), member(ADA, Role::Member), message(ADA));
    let rows = ask(Some(&there), Some(&me), Some(&old), &delete()).unwrap();
    let [Row::MessageVersion(version), Row::Message(gone)] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!(
        (version.body.as_str(), gone.body.as_str(), gone.deleted_at),
        ("old", "", Some(Millis(9)))
    );
    assert_eq!(
        ask(Some(&there), Some(&me), Some(gone), &delete()),
        Ok(Vec::new())
    );
    assert_eq!(
        ask(Some(&there), Some(&me), Some(gone), &edit(2, "x")),
        Err(Rejection::MessageDeleted)
    );
}

#[test]
fn stamping_is_gapless_and_sets_positions_once() {
    let mut rows = ask(None, None, None, &create("General")).unwrap();
    let last = model::row::stamp(&mut rows, Seq(0));
    assert_eq!(
        (rows[0].seq(), rows[1].seq(), last),
        (Seq(1), Seq(2), Seq(2))
    );
    let (there, me, old) = (room(), member(ADA, Role::Member), message(ADA));
    let mut rows = ask(Some(&there), Some(&me), Some(&old), &edit(2, "new")).unwrap();
    assert_eq!(model::row::stamp(&mut rows, Seq(7)), Seq(8));
    let [Row::MessageVersion(version), Row::Message(after)] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!(
        (version.seq, after.seq, after.position),
        (Seq(8), Seq(8), Some(Seq(3)))
    );
}

#[test]
fn each_rejection_says_what_to_do_and_survives_storage() {
    for code in [
        RejectionCode::RoomNotFound,
        RejectionCode::RoomArchived,
        RejectionCode::Forbidden,
        RejectionCode::NotAuthor,
        RejectionCode::MessageNotFound,
        RejectionCode::MessageDeleted,
        RejectionCode::Conflict,
        RejectionCode::IdTaken,
        RejectionCode::BodyEmpty,
        RejectionCode::BodyTooLong,
        RejectionCode::BodyNotText,
        RejectionCode::RoomNameInvalid,
        RejectionCode::TopicInvalid,
        RejectionCode::EmojiInvalid,
        RejectionCode::StoreRestored,
        RejectionCode::DatabaseDamaged,
        RejectionCode::DependsOnRefused,
        RejectionCode::Unknown,
    ] {
        assert_eq!(RejectionCode::parse(code.as_str()), code);
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
    assert_eq!(
        RejectionCode::parse("of a later version"),
        RejectionCode::Unknown
    );
}

#[test]
fn an_edit_of_an_earlier_text_is_merged_or_a_conflict() {
    let (there, me, mut old) = (room(), member(ADA, Role::Member), message(ADA));
    old.body = "one two three four".into();
    let edit = |base: &str, body: &str| Op::Edit {
        room_id: ROOM,
        message_id: MESSAGE,
        base_rev: Rev(1),
        base: Some(base.into()),
        body: body.into(),
    };
    let of = |op: &Op| ask(Some(&there), Some(&me), Some(&old), op);
    let merged = of(&edit("1 two three four", "1 two three 4")).unwrap();
    let [Row::MessageVersion(_), Row::Message(after)] = merged.as_slice() else {
        panic!("{merged:?}")
    };
    assert_eq!(
        (after.body.as_str(), after.rev),
        ("one two three 4", Rev(3))
    );
    let conflict = Err(Rejection::Conflict { current: Rev(2) });
    assert_eq!(
        of(&edit("1 two three four", "uno two three four")),
        conflict
    );
    // A restored store gives revisions out again: the text is what counts.
    assert_eq!(
        of(&edit("one two three four", "5")).map(|rows| rows.len()),
        Ok(2)
    );
}

#[rstest]
#[case::none("", false)]
#[case::a_word("no words", false)]
#[case::control("\u{7}", false)]
#[case::long("👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍", false)]
#[case::thumb("👍🏽", true)]
#[case::family("👨‍👩‍👧‍👦", true)]
#[case::own(":party_parrot:", true)]
fn what_an_emoji_is(#[case] emoji: &str, #[case] good: bool) {
    let (there, me, old) = (room(), member(ADA, Role::Member), message(GRACE));
    let op = Op::React {
        room_id: ROOM,
        message_id: MESSAGE,
        emoji: emoji.into(),
        on: true,
    };
    assert_eq!(ask(Some(&there), Some(&me), Some(&old), &op).is_ok(), good);
}

#[test]
fn deleting_unpins() {
    let (there, me, mut old) = (room(), member(ADA, Role::Member), message(ADA));
    old.pinned_at = Some(Millis(3));
    let rows = ask(Some(&there), Some(&me), Some(&old), &delete()).unwrap();
    assert!(matches!(
        &rows[1],
        Row::Message(Message {
            pinned_at: None,
            ..
        })
    ));
}

proptest! {
    /// Whatever is asked, whoever asks: applying what was decided makes the same question a no-op or a clear refusal.
    #[test]
    fn asking_twice_changes_nothing_the_second_time(body in "\\PC{1,40}", base in 0..4_i32, kind in 0..3_u8) {
        let (there, me, old) = (room(), member(ADA, Role::Member), message(ADA));
        let op = match kind { 0 => post(&body), 1 => edit(base, &body), _ => delete() };
        let state = (kind != 0).then_some(&old);
        if let Ok(rows) = ask(Some(&there), Some(&me), state, &op) {
            let after = rows.iter().rev().find_map(|row| match row { Row::Message(m) => Some(m.clone()), _ => None });
            let after = after.or_else(|| state.cloned());
            prop_assert_eq!(ask(Some(&there), Some(&me), after.as_ref(), &op), Ok(Vec::new()));
        }
    }
}

#[test]
fn one_who_has_all_the_rooms_allowed_gets_no_further_one() {
    let decide_full = |state: State<'_>, op: &Op| {
        decide(state, op, &actor(ADA), Millis(9)).map_err(|why| why.code())
    };
    let full = |is_full, made_all| State {
        is_full,
        made_all,
        ..State::default()
    };
    let too_many = Err(RejectionCode::TooManyRooms);
    assert_eq!(decide_full(full(true, false), &create("x")), too_many);
    assert_eq!(decide_full(full(false, true), &create("x")), too_many);
    assert!(decide_full(full(false, false), &create("x")).is_ok());
    let room = room();
    let join = Op::Join { room_id: ROOM };
    let state = State {
        room: Some(&room),
        ..full(true, true)
    };
    assert_eq!(decide_full(state, &join), too_many);
    let state = State {
        is_full: false,
        ..state
    };
    assert!(decide_full(state, &join).is_ok(), "it makes none");
}

#[test]
fn the_last_owner_hands_the_room_over_first() {
    let (room, owner) = (room(), member(ADA, Role::Owner));
    let leave = Op::Leave { room_id: ROOM };
    let go = |room: &Room, member: &Member, is_last_owner| {
        let state = State {
            room: Some(room),
            member: Some(member),
            is_last_owner,
            ..State::default()
        };
        decide(state, &leave, &actor(ADA), Millis(9)).map_err(|why| why.code())
    };
    assert_eq!(go(&room, &owner, true), Err(RejectionCode::LastOwner));
    assert!(
        go(&room, &owner, false).is_ok(),
        "another one stays, or nobody at all"
    );
    assert!(
        go(&room, &member(ADA, Role::Member), true).is_ok(),
        "who owns nothing"
    );
    let gone = Member {
        left_at: Some(Millis(3)),
        ..owner.clone()
    };
    assert_eq!(go(&room, &gone, true), Ok(Vec::new()), "a resend");
    let direct = Room {
        kind: RoomKind::Direct,
        ..room.clone()
    };
    assert!(go(&direct, &owner, true).is_ok(), "nobody rules there");
    let archived = Room {
        archived_at: Some(Millis(4)),
        ..room
    };
    assert!(go(&archived, &owner, true).is_ok(), "nobody writes there");
}
