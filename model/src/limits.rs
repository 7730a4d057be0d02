//! Every limit of the protocol in one place, each with its reason. The relay enforces them; the client
//! checks them first, so that a person hears of it before anything leaves the machine.

/// Bytes of one message's text: four times the longest post that people write by hand, and small enough
/// that a full push fits one frame.
pub const BODY_MAX_BYTES: usize = 32 * 1024;

/// Files of one message: an evening's photographs.
pub const ATTACHMENTS_MAX: usize = 10;

/// Characters of a file's name, as file systems have it.
pub const FILE_NAME_MAX_CHARS: usize = 255;

/// Bytes of a media type: the longest registered one is 84.
pub const MEDIA_TYPE_MAX_BYTES: usize = 127;

/// Characters of a room's name: it has to fit a list.
pub const ROOM_NAME_MAX_CHARS: usize = 80;

/// Characters of a room's topic: one line.
pub const TOPIC_MAX_CHARS: usize = 250;

/// People of a direct room, whoever asks included: more is a channel.
pub const DIRECT_MAX_PEOPLE: usize = 10;

/// People whom a list of who is online names; the count is of all.
pub const PRESENCE_MAX_LIST: usize = 5000;

/// Characters of a person's name.
pub const USER_NAME_MAX_CHARS: usize = 60;

/// Bytes of one frame in either direction: what a peer may make the other hold in memory.
pub const FRAME_MAX_BYTES: usize = 1024 * 1024;

/// Bytes that a peer may send before it is known: a Hello with the longest token, several times.
pub const HELLO_MAX_BYTES: usize = 64 * 1024;

/// Operations of one push; more are sent in the next.
pub const PUSH_MAX_OPS: usize = 256;

/// Bytes of operations gathered into one push: half a frame, for what the encoding adds.
pub const PUSH_MAX_BYTES: usize = FRAME_MAX_BYTES / 2;

/// Rows of one catch-up frame, and messages of one page: small enough that other rooms' frames get between,
/// large enough that a round trip is paid rarely. Frames are cut at [`CHANGES_MAX_BYTES`] as well.
pub const PAGE_MAX_ROWS: u32 = 500;

/// Bytes of rows in one frame, so that rows with the longest texts still fit [`FRAME_MAX_BYTES`].
pub const CHANGES_MAX_BYTES: usize = FRAME_MAX_BYTES / 2;

/// Messages of the first page of a room: a few screens, painted at once.
pub const FIRST_PAGE_ROWS: u32 = 60;

/// Bytes of an emoji: the longest family with skin tones is 41, a `:shortcode:` of one's own a little more.
pub const EMOJI_MAX_BYTES: usize = 64;

/// Pieces (lines of a text, or words of a passage) that a merge compares; more is a conflict. The time grows with the
/// square, and the relay merges while it holds the room.
pub const MERGE_MAX_PIECES: usize = 1000;
