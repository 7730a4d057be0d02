//! Messages in every state that they can be in.

use super::specimen::Specimen;
use crate::store::Store;
use crate::timeline::message::Message;
use model::view::{
    Abilities, Delivery, Excerpt, FailedOp, OpKind, ReactionView, ReplyView, TimelineItem,
};
use model::{
    Attachment, BlobHash, MessageId, Millis, OpId, RejectionCode, Rev, RoomId, Seq, UserId,
};
use std::rc::Rc;
use uuid::Uuid;
use yew::{Callback, Html, component, html, use_memo};

const MARKDOWN: &str = "A **moth**, found in `panel F`:\n\n```rust\nfn main() {\n    println!(\"{:?}\", relay(70).panel('F'));\n}\n```\n\n| machine | cards/min |\n|---|---:|\n| Mill 1 | 120 |\n\n- [x] looked\n- [ ] cleaned\n\n> First actual case.\n\nSee https://example.org.";

/// What was said, with nothing special about it.
fn plain(number: u128) -> TimelineItem {
    TimelineItem {
        id: MessageId(Uuid::from_u128(number)),
        position: Some(Seq(1)),
        author_id: UserId(Uuid::from_u128(3)),
        author_name: "Grace".to_owned(),
        mine: false,
        body: "The mill jams on card 7 again.".to_owned(),
        rev: Rev(1),
        created_at: Millis(1_790_000_000_000),
        edited_at: None,
        edited_by: None,
        deleted: false,
        pinned: false,
        reply: None,
        reactions: Vec::new(),
        delivery: Delivery::Sent,
        attachments: Vec::new(),
    }
}

fn refused(kind: OpKind, code: RejectionCode, reason: &str) -> Delivery {
    Delivery::Failed(FailedOp {
        op_id: OpId(Uuid::from_u128(1)),
        kind,
        code,
        reason: reason.to_owned(),
        text: Some("The mill jams on card 8.".to_owned()),
        base: Some("The mill jams on card 7.".to_owned()),
    })
}

fn file(name: &str, media_type: &str) -> Attachment {
    Attachment {
        hash: BlobHash([7; 32]),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes: 48_213,
        width: None,
        height: None,
    }
}

/// Each state with its name.
fn states() -> Vec<(&'static str, TimelineItem)> {
    let excerpt = Excerpt {
        author_name: "Ada".to_owned(),
        text: "Which card?".to_owned(),
        deleted: false,
    };
    let reaction = |emoji: &str, count, mine| ReactionView {
        emoji: emoji.to_owned(),
        count,
        mine,
        names: vec!["Ada".to_owned()],
    };
    let own = |number| TimelineItem {
        mine: true,
        author_name: "Ada".to_owned(),
        ..plain(number)
    };
    let edited_at = Some(Millis(1_790_000_600_000));
    vec![
        ("sent by another", plain(1)),
        ("own, sent", own(2)),
        (
            "own, pending",
            TimelineItem {
                delivery: Delivery::Pending,
                position: None,
                ..own(3)
            },
        ),
        (
            "refused",
            TimelineItem {
                delivery: refused(
                    OpKind::Post,
                    RejectionCode::Forbidden,
                    "You may only read in this room.",
                ),
                ..own(4)
            },
        ),
        (
            "conflict",
            TimelineItem {
                delivery: refused(
                    OpKind::Edit,
                    RejectionCode::Conflict,
                    "Someone else changed this message meanwhile.",
                ),
                body: "The mill jams on card 9.".to_owned(),
                ..own(5)
            },
        ),
        (
            "edited",
            TimelineItem {
                edited_at,
                rev: Rev(2),
                ..plain(6)
            },
        ),
        (
            "edited by another",
            TimelineItem {
                edited_at,
                edited_by: Some("Alan".to_owned()),
                rev: Rev(2),
                ..plain(7)
            },
        ),
        (
            "tombstone",
            TimelineItem {
                deleted: true,
                body: String::new(),
                ..plain(8)
            },
        ),
        (
            "pinned",
            TimelineItem {
                pinned: true,
                ..plain(9)
            },
        ),
        (
            "reply",
            TimelineItem {
                reply: Some(ReplyView {
                    id: MessageId(Uuid::from_u128(1)),
                    found: Some(excerpt),
                }),
                ..plain(10)
            },
        ),
        (
            "reply to what is not here",
            TimelineItem {
                reply: Some(ReplyView {
                    id: MessageId(Uuid::from_u128(1)),
                    found: None,
                }),
                ..plain(11)
            },
        ),
        (
            "reactions",
            TimelineItem {
                reactions: vec![reaction("🦋", 3, true), reaction("🎉", 1, false)],
                ..plain(12)
            },
        ),
        (
            "Markdown",
            TimelineItem {
                body: MARKDOWN.to_owned(),
                ..plain(13)
            },
        ),
        (
            "right to left",
            TimelineItem {
                body: "שלום לכולם, הכרטיסים מוכנים".to_owned(),
                ..plain(14)
            },
        ),
        (
            "a file",
            TimelineItem {
                attachments: vec![file("cards.pdf", "application/pdf")],
                body: String::new(),
                ..plain(15)
            },
        ),
    ]
}

/// All of them.
#[component]
pub(super) fn Messages() -> Html {
    let store = use_memo((), |()| Store::new(Callback::noop()));
    let room = RoomId(Uuid::from_u128(9));
    let may = Abilities {
        write: true,
        pin: true,
        edit_others: false,
        delete_others: false,
    };
    let shown = states().into_iter().map(|(name, item)| {
        let newest_own = item.mine;
        html! {
            <Specimen key={name} title={name}>
                <Message store={(*store).clone()} {room} item={Rc::new(item)} continued=false {newest_own} edit={None} {may}
                    active=false reachable=true target={None} open={None} failure={None} act={Callback::noop()}
                    set_open={Callback::noop()} react={Callback::noop()} delete={Callback::noop()} />
            </Specimen>
        }
    });
    html! { <div class="specimens wide">{ for shown }</div> }
}
