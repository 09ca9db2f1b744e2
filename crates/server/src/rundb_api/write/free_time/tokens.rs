//! A date's text, taken apart.

/// A part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// Digits.
    Number(&'t str),
    /// Letters.
    Word(&'t str),
    /// Anything else; white space is a blank.
    Sign(char),
}

/// The parts still to be read.
pub(super) struct Tokens<'t>(Vec<Token<'t>>);

impl<'t> Tokens<'t> {
    /// Takes a text apart; what is not ASCII is no date.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
            let (part, length) = match (digits, letters) {
                (0, 0) => (Token::Sign(if first.is_ascii_whitespace() { ' ' } else { first }), 1),
                (0, _) => (Token::Word(&rest[..letters]), letters),
                _ => (Token::Number(&rest[..digits]), digits),
            };
            parts.push(part);
            rest = &rest[length..];
        }
        parts.reverse();
        Some(Self(parts))
    }

    /// The next part.
    pub(super) fn next(&mut self) -> Option<Token<'t>> {
        self.0.pop()
    }

    /// The next part, which must be a number.
    pub(super) fn number(&mut self) -> Option<&'t str> {
        match self.next()? {
            Token::Number(digits) => Some(digits),
            _ => None,
        }
    }

    /// Is this sign so many parts ahead?
    pub(super) fn at(&self, ahead: usize, sign: char) -> bool {
        self.ahead(ahead) == Some(Token::Sign(sign))
    }

    /// Is a number so many parts ahead?
    pub(super) fn number_at(&self, ahead: usize) -> bool {
        matches!(self.ahead(ahead), Some(Token::Number(_)))
    }

    /// Is a word so many parts ahead?
    pub(super) fn word_at(&self, ahead: usize) -> bool {
        matches!(self.ahead(ahead), Some(Token::Word(_)))
    }

    /// Is nothing joined to what was read last, and no half of the day after it?
    pub(super) fn word_ends_here(&self) -> bool {
        matches!(self.ahead(0), None | Some(Token::Sign(' ')))
            && self.word_ahead().is_none_or(|word| super::words::half_of_day(word).is_none())
    }

    /// The word that follows, with or without a blank before it.
    pub(super) fn word_ahead(&self) -> Option<&'t str> {
        let place = usize::from(self.at(0, ' '));
        match self.ahead(place) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Reads up to the word that follows, and the word.
    pub(super) fn skip_to_word(&mut self) {
        while let Some(token) = self.next() {
            if matches!(token, Token::Word(_)) {
                return;
            }
        }
    }

    fn ahead(&self, count: usize) -> Option<Token<'t>> {
        self.0.len().checked_sub(count + 1).map(|place| self.0[place])
    }
}
