//! What a screen reader is told of a room by itself: new messages, and nothing else. The messages themselves are no live region, or
//! every page that is scrolled to would be read out.

use super::scroll::READ_OUT_MAX;
use super::window::Window;
use crate::text::t;
use model::MessageId;
use yew::{Html, Properties, component, html};

/// How many of the last sentences are kept in the document.
const KEPT: usize = 5;

/// How much of a long message is read out.
const CHARS_MAX: usize = 300;

/// What was said last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    count: u32,
    sentences: Vec<(u32, String)>,
}

impl Said {
    /// With new messages of others: each is read out, a crowd is counted.
    pub(crate) fn and(&self, arrived: &[MessageId], window: &Window) -> Self {
        let mut said = self.clone();
        if arrived.len() > READ_OUT_MAX {
            said.say(t!("many-arrived", count = arrived.len()));
            return said;
        }
        for item in window
            .items
            .iter()
            .filter(|item| arrived.contains(&item.id))
        {
            let text: String = item.body.chars().take(CHARS_MAX).collect();
            said.say(t!("arrived", name = item.author_name.clone(), text = text));
        }
        said
    }

    fn say(&mut self, sentence: String) {
        self.count = self.count.wrapping_add(1);
        self.sentences.push((self.count, sentence));
        let over = self.sentences.len().saturating_sub(KEPT);
        self.sentences.drain(..over);
    }
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// What is said.
    pub(crate) said: Said,
}

/// The region that is read out.
#[component]
pub(crate) fn Announcer(props: &Props) -> Html {
    html! {
        <div class="visually-hidden" role="log" aria-live="polite" aria-relevant="additions" aria-label={t!("new-messages")} data-testid="announcer">
            { for props.said.sentences.iter().map(|(number, text)| html! { <p key={number.to_string()}>{ text.clone() }</p> }) }
        </div>
    }
}
