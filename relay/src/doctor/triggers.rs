//! The triggers that make plain SQL a good way to write: which there must be. `tests/tests/doctor.rs` holds the list against what the
//! migrations make.

/// Table, trigger, and since which version of the schema.
pub const TRIGGERS: &[(&str, &str, i32)] = &[
    ("room", "amend_room_write", 1),
    ("room", "amend_room_truncate", 1),
    ("member", "amend_member_write", 1),
    ("member", "amend_member_truncate", 1),
    ("message", "amend_message_write", 1),
    ("message", "amend_message_truncate", 1),
    ("reaction", "amend_reaction_write", 2),
    ("reaction", "amend_reaction_truncate", 2),
    ("read_marker", "amend_read_marker_write", 2),
    ("read_marker", "amend_read_marker_truncate", 2),
    ("session_token", "amend_session_revoked", 3),
    ("account", "amend_account_deactivated", 3),
    ("account", "amend_account_admin", 7),
    ("watch_event", "amend_turn", 9),
];
