//! An import under way: read the file into a spool, then send it in small batches, room by room in the order of time.
//!
//! Invariants: after each answer of the relay the job's row says how far it is, so a process that was killed goes on there; what is sent
//! twice changes nothing at the relay; a relay that can't be reached, or has too much to do, is waited for; whatever is left out is counted
//! with its reason.

use super::Working;
use super::job::Job;
use super::plan::{Left, Plan};
use super::spool::{Place, Spool};
use super::{plan, read};
use crate::ClientError;
use crate::http::Request;
use model::view::{ExchangeCounts, ExchangeState};
use model::wire::{
    ErrorCode, IMPORT_MAX_BYTES, IMPORT_MAX_ITEMS, IMPORT_PATH, ImportItem, ImportOutcome,
    ImportRequest, ImportResponse, PEOPLE_PATH, PeopleResponse,
};
use model::{MessageId, NamedUser, RoomId};
use std::path::Path;
use std::time::Duration;

/// Messages that are taken from the spool at once.
const MESSAGES_AT_ONCE: u32 = 500;

/// Bytes of a batch: a relay and a slow line are not kept long by one.
const BATCH_BYTES: usize = IMPORT_MAX_BYTES / 4;

/// The longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// How often a job looks whether it is to stop, or says how far it has read.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Bytes between two notes of how far a file is read.
const NOTE_EVERY: u64 = 4 * 1024 * 1024;

/// Reads the file into a spool, unless that was done and the file is the same.
pub(super) fn fill(work: &Working, job: &mut Job) -> Result<Spool, ClientError> {
    let path = work.spool(job.id);
    let file = stamp(Path::new(&job.data.path));
    let import = job.data.import.get_or_insert_default();
    if import.file == file
        && let Some(spool) = Spool::open(&path)?
    {
        return Ok(spool);
    }
    *import = super::job::Import {
        choices: std::mem::take(&mut import.choices),
        file,
        ..Default::default()
    };
    job.data.counts = ExchangeCounts::default();
    job.data.refused.clear();
    job.state = ExchangeState::Reading;
    job.data.done = 0;
    job.data.total = read::size(Path::new(&job.data.path));
    work.save(job)?;
    let from = Path::new(&job.data.path).to_owned();
    let format = job.data.format;
    let mut noted = 0;
    let mut note = |bytes: u64| {
        if bytes >= noted + NOTE_EVERY {
            noted = bytes;
            job.data.done = bytes.min(job.data.total);
            // Only how far it is: nothing depends on it.
            let _ = work.save(job);
        }
        !work.is_stopped()
    };
    let spool = Spool::fill(&path, &mut note, |sink| read::read(&from, format, sink))?;
    let skipped = spool.skipped()?;
    job.data.unread = skipped.into_iter().map(Into::into).collect();
    let source = spool.source()?;
    job.data.import.get_or_insert_default().source = source;
    Ok(spool)
}

/// Size and time of a file; of a folder, its size.
fn stamp(path: &Path) -> (u64, i64) {
    let data = std::fs::metadata(path).ok();
    let time = data
        .filter(|data| data.is_file())
        .and_then(|data| data.modified().ok())
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok());
    (read::size(path), time.unwrap_or(0))
}

/// Everybody who has an account at the relay.
pub(super) fn accounts(request: &Request) -> Result<Vec<NamedUser>, ClientError> {
    let mut request = request.clone();
    request.path = PEOPLE_PATH.to_owned();
    let answer: PeopleResponse = request.get()?;
    Ok(answer.people)
}

/// Sends what is not sent yet.
pub(super) fn run(work: &Working, job: &mut Job) -> Result<(), ClientError> {
    let spool = fill(work, job)?;
    let request = work.request(IMPORT_PATH)?;
    let mut sending = Sending {
        work,
        request,
        batch: Vec::new(),
        examples: Vec::new(),
        bytes: 0,
    };
    let accounts = sending.patiently(job, accounts)?;
    let all = spool.people()?;
    let me = work.me()?;
    let import = job.data.import.get_or_insert_default();
    let is_new = import.people.is_empty();
    if is_new {
        let before = work.known_people(&import.source)?;
        import.people = plan::people(&all, &import.source, &accounts, &before, &import.choices);
    }
    let mut names = std::collections::HashMap::new();
    for (person, _) in &all {
        let user = import.people.get(&person.id);
        let account = accounts.iter().find(|known| Some(&known.user_id) == user);
        let name = account.map_or(&person.name, |account| &account.name);
        names.insert(person.id.clone(), name.clone());
    }
    let plan = Plan {
        source: import.source.clone(),
        people: import.people.clone(),
        names,
        me,
    };
    job.state = ExchangeState::Running;
    job.data.reason.clear();
    let choices = import.choices.clone();
    let rooms: Vec<_> = spool
        .rooms()?
        .into_iter()
        .filter(|room| choices.takes(&room.room.id, room.room.private))
        .collect();
    job.data.total = rooms.iter().map(|room| room.messages).sum();
    if is_new {
        job.data.done = 0;
        let left: Vec<_> = spool
            .rooms()?
            .into_iter()
            .filter(|room| !choices.takes(&room.room.id, room.room.private))
            .collect();
        for room in left {
            let reason = "a message in a room that is left out";
            job.skip("a room that is left out", &room.room.name);
            if room.messages > 0 {
                job.skip_many(reason, &room.room.name, room.messages);
            }
        }
    }
    work.save(job)?;
    if job
        .data
        .import
        .as_ref()
        .is_some_and(|import| import.room.is_none())
    {
        for (person, _) in &all {
            let Some(id) = plan.people.get(&person.id) else {
                continue;
            };
            if !accounts.iter().any(|account| account.user_id == *id) {
                let name = person.name.clone();
                let item = ImportItem::Person { id: *id, name };
                sending.add(job, item, &person.id)?;
            }
        }
        sending.flush(job)?;
    }
    for room in rooms {
        let at = job.data.import.as_ref().and_then(|import| import.room);
        if at.is_some_and(|at| room.rank < at) {
            continue;
        }
        let resumed = at == Some(room.rank);
        sending.room(job, &spool, &plan, &room, resumed)?;
    }
    finish(work, job)?;
    spool.remove();
    Ok(())
}

fn finish(work: &Working, job: &mut Job) -> Result<(), ClientError> {
    job.state = ExchangeState::Done;
    job.data.done = job.data.total;
    job.data.report = Some(super::report::write(work, job)?);
    work.save(job)
}

struct Sending<'a> {
    work: &'a Working,
    request: Request,
    batch: Vec<ImportItem>,
    /// What each of the batch is in the export.
    examples: Vec<String>,
    bytes: usize,
}

impl Sending<'_> {
    fn room(
        &mut self,
        job: &mut Job,
        spool: &Spool,
        plan: &Plan,
        room: &super::spool::SpooledRoom,
        resumed: bool,
    ) -> Result<(), ClientError> {
        let mut left = Vec::new();
        let planned = plan.room(spool, &room.room, room.first_at, &mut left)?;
        if !resumed {
            note(job, left);
            self.at(job, room.rank, None);
        }
        let Some(planned) = planned else {
            if !resumed && room.messages > 0 {
                let reason = "a message in a room that could not be imported";
                job.skip_many(reason, &room.room.name, room.messages);
            }
            return Ok(());
        };
        if !resumed {
            for item in planned.items {
                self.add(job, item, &room.room.id)?;
            }
            self.flush(job)?;
        }
        let last = self.messages(job, spool, plan, room, planned.id)?;
        if let Some(message) = last {
            let room = planned.id;
            self.add(job, ImportItem::Read { room, message }, "read markers")?;
        }
        self.flush(job)
    }

    fn messages(
        &mut self,
        job: &mut Job,
        spool: &Spool,
        plan: &Plan,
        room: &super::spool::SpooledRoom,
        id: RoomId,
    ) -> Result<Option<MessageId>, ClientError> {
        let mut place = job.data.import.as_ref().and_then(|import| import.place);
        let mut last = None;
        loop {
            let some = spool.messages(&room.room.id, place, MESSAGES_AT_ONCE)?;
            if some.is_empty() {
                return Ok(last);
            }
            for (at, message) in some {
                let mut left = Vec::new();
                let (message_id, items) = plan.message(spool, id, &message, &mut left)?;
                let bytes: usize = items.iter().map(weight).sum();
                // What is noted as sent is never more than what is sent.
                if self.batch.len() + items.len() > IMPORT_MAX_ITEMS
                    || self.bytes + bytes > BATCH_BYTES
                {
                    self.flush(job)?;
                }
                if !items.is_empty() {
                    last = Some(message_id);
                }
                for item in items {
                    self.add(job, item, &message.id)?;
                }
                note(job, left);
                job.data.done += 1;
                place = Some(at);
                self.at(job, room.rank, place);
            }
        }
    }

    /// Where the job is once the batch has been answered.
    fn at(&self, job: &mut Job, rank: i64, place: Option<Place>) {
        let import = job.data.import.get_or_insert_default();
        import.room = Some(rank);
        import.place = place;
    }

    fn add(&mut self, job: &mut Job, item: ImportItem, example: &str) -> Result<(), ClientError> {
        if self.batch.len() >= IMPORT_MAX_ITEMS {
            self.flush(job)?;
        }
        self.bytes += weight(&item);
        self.batch.push(item);
        self.examples.push(example.to_owned());
        Ok(())
    }

    /// Sends the batch, waits for the answer however long it takes, and notes how far the job is.
    fn flush(&mut self, job: &mut Job) -> Result<(), ClientError> {
        let items = std::mem::take(&mut self.batch);
        let examples = std::mem::take(&mut self.examples);
        self.bytes = 0;
        if !items.is_empty() {
            let sent = ImportRequest { items };
            let answer: ImportResponse = self.patiently(job, |request| request.post(&sent))?;
            for ((item, outcome), example) in sent.items.iter().zip(answer.outcomes).zip(examples) {
                count(job, item, outcome, &example);
            }
        }
        self.work.save(job)?;
        match self.work.is_stopped() {
            true => Err(read::ReadError::Stopped.into()),
            false => Ok(()),
        }
    }

    /// Asks until there is an answer that waiting would not change.
    fn patiently<T>(
        &self,
        job: &mut Job,
        ask: impl Fn(&Request) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let mut pause = Duration::from_millis(500);
        loop {
            let error = match ask(&self.request) {
                Ok(answer) => {
                    if job.state == ExchangeState::Waiting {
                        job.state = ExchangeState::Running;
                        job.data.reason.clear();
                    }
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let Some(wait) = passes(&error) else {
                return Err(error);
            };
            if job.state != ExchangeState::Waiting || job.data.reason != error.to_string() {
                let before = job.state;
                job.state = ExchangeState::Waiting;
                job.data.reason = error.to_string();
                // How far it is stays as it was last answered: the batch is not.
                self.work.save_state(job)?;
                tracing::info!(
                    ?before,
                    code = error.code(),
                    "an import waits for the relay"
                );
            }
            self.work.rest(wait.unwrap_or(pause), LOOK_EVERY)?;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

/// Whether an error passes by itself, and after how long, if the relay says so.
fn passes(error: &ClientError) -> Option<Option<Duration>> {
    match error {
        ClientError::Unreachable { .. } => Some(None),
        ClientError::Relay(wire) => match wire.code {
            ErrorCode::Overloaded
            | ErrorCode::RateLimited
            | ErrorCode::TooManyConnections
            | ErrorCode::TooSlow
            | ErrorCode::StoreUnavailable
            | ErrorCode::StoreReadOnly
            | ErrorCode::ShuttingDown => Some(
                wire.retry_after_ms
                    .map(|ms| Duration::from_millis(ms.into()).min(PAUSE_MAX)),
            ),
            // What stands in front of a relay that is being restarted.
            ErrorCode::Unknown => Some(None),
            _ => None,
        },
        _ => None,
    }
}

fn note(job: &mut Job, left: Vec<Left>) {
    for (reason, example) in left {
        job.skip(reason, &example);
    }
}

fn count(job: &mut Job, item: &ImportItem, outcome: ImportOutcome, example: &str) {
    let counts = &mut job.data.counts;
    match outcome {
        ImportOutcome::Added => match item {
            ImportItem::Person { .. } => counts.people += 1,
            ImportItem::Room { .. } => counts.rooms += 1,
            ImportItem::Message { .. } => counts.messages += 1,
            ImportItem::Reaction { .. } => counts.reactions += 1,
            ImportItem::Member { .. } | ImportItem::Read { .. } => {}
        },
        ImportOutcome::Changed => counts.changed += 1,
        ImportOutcome::Same => match item {
            ImportItem::Message { .. } | ImportItem::Room { .. } => counts.same += 1,
            _ => {}
        },
        ImportOutcome::Refused { text } => {
            let what = match item {
                ImportItem::Person { .. } => "a person",
                ImportItem::Room { .. } => "a room",
                ImportItem::Member { .. } => "a member",
                ImportItem::Message { .. } => "a message",
                ImportItem::Reaction { .. } => "a reaction",
                ImportItem::Read { .. } => "read markers",
            };
            // Ids in a sentence would make a reason of each.
            let text = text.split(". ").next().unwrap_or(&text);
            let words = text.split(' ').filter(|word| word.len() < 30);
            let text = words.collect::<Vec<_>>().join(" ");
            job.skip(&format!("{what} that the relay refused: {text}"), example);
        }
    }
}

/// About how many bytes an item takes.
fn weight(item: &ImportItem) -> usize {
    let text = match item {
        ImportItem::Message { body, .. } => model::row::in_json(body),
        ImportItem::Room { people, .. } => people.len() * 40 + 1024,
        _ => 64,
    };
    text + 512
}
