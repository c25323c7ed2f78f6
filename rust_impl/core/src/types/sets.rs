//! The closed sets of the contract: a member's number goes into the state chain, its text into Arrow.

use super::columns::{Cell, Kind, NO_MEMBER, Values};

/// A closed set as data: what the binding exports and converts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedSet {
    /// The name of its type, in both languages.
    pub name: &'static str,
    /// Text and number of each member, in the contract's order.
    pub members: &'static [(&'static str, u8)],
}

impl ClosedSet {
    /// The text of each member at its number, for a column to look up row by row.
    #[must_use]
    pub fn texts(&self) -> [Option<&'static str>; 256] {
        let mut texts = [None; 256];
        for &(text, number) in self.members {
            texts[usize::from(number)] = Some(text);
        }
        texts
    }
}

macro_rules! closed_sets {
    ($($(#[$meta:meta])* $name:ident { $($variant:ident = $number:literal => $text:literal,)* })*) => {
        /// Every closed set.
        pub const CLOSED_SETS: &[ClosedSet] = &[$($name::SET,)*];

        $(closed_sets!(@set $(#[$meta])* $name { $($variant = $number => $text,)* });)*
    };
    (@set $(#[$meta:meta])* $name:ident { $($variant:ident = $number:literal => $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the names are the contract's own")]
        #[repr(u8)]
        pub enum $name { $($variant = $number,)* }

        impl $name {
            /// Every member, in the contract's order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The set as data.
            pub const SET: ClosedSet = ClosedSet { name: stringify!($name), members: &[$(($text, $number),)*] };

            /// The text used at the Arrow boundary.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The member with this text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }

            /// The member with this number.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }

        impl Cell for $name {
            type Stored = Self;
            const KIND: Kind = Kind::Member(Self::SET);
            const UNSET: Self = Self::ALL[0];

            fn values(column: Vec<Self>) -> Values {
                Values::Members(column.into_iter().map(|member| member as u8).collect())
            }
        }

        impl Cell for Option<$name> {
            type Stored = Self;
            const KIND: Kind = Kind::Member($name::SET);
            const IS_NULLABLE: bool = true;
            const UNSET: Self = None;

            fn values(column: Vec<Self>) -> Values {
                Values::Members(column.into_iter().map(|member| member.map_or(NO_MEMBER, |member| member as u8)).collect())
            }
        }
    };
}

closed_sets! {
    /// What happens to a size under the minimum (S-4).
    BelowMin { Reject = 0 => "reject", Clamp = 1 => "clamp", }

    /// By what an order without an explicit size is sized (S-2, S-3).
    SizingMode { Risk = 0 => "risk", Pip = 1 => "pip", Fixed = 2 => "fixed", }

    /// What the rate of a commission is charged on (C-3).
    CommissionBasis {
        PerLot = 0 => "per_lot",
        PerMillionNotional = 1 => "per_million_notional",
        PercentOfNotional = 2 => "percent_of_notional",
    }

    /// Which fills of a position a commission is charged on (C-3).
    ChargedSides { Both = 0 => "both", Entry = 1 => "entry", Exit = 2 => "exit", }

    /// Directions a strategy may trade.
    DirectionFilter { Both = 0 => "both", Long = 1 => "long", Short = 2 => "short", }

    /// Where a higher timeframe's close has to be, seen from its average.
    Trend { Both = 0 => "both", Above = 1 => "above", Below = 2 => "below", None = 3 => "none", }

    /// What is clustered (Q-A7b).
    VolatilityFeature { GarchForecast = 0 => "garch_forecast", AtrPoints = 1 => "atr_points", }

    /// How many of the listed timeframes have to hold.
    OverlayMode { All = 0 => "all", Any = 1 => "any", }

    /// At which end of a bar a strategy decides, for what it sees of higher timeframes (G-3).
    DecisionPoint { Close = 0 => "close", Open = 1 => "open", }

    /// Execution variant.
    Variant { Canonical = 0 => "canonical", V1 = 1 => "v1", }

    /// What a signal asks for (T-6).
    SignalType { Entry = 0 => "entry", Exit = 1 => "exit", Modify = 2 => "modify", }

    /// Side of a position.
    Direction { Long = 0 => "long", Short = 1 => "short", }

    /// How an entry is made.
    OrderType { Market = 0 => "market", Limit = 1 => "limit", Stop = 2 => "stop", }

    /// Life of a position (T-7).
    Status { Pending = 0 => "pending", Open = 1 => "open", Closed = 2 => "closed", }

    /// What moved the stop last (T-7).
    StopKind {
        Initial = 0 => "initial",
        BreakEven = 1 => "break_even",
        Trailing = 2 => "trailing",
        Modified = 3 => "modified",
    }

    /// Kind of an event row (T-8).
    EventKind {
        Accepted = 0 => "accepted",
        Rejected = 1 => "rejected",
        Opened = 2 => "opened",
        Modified = 3 => "modified",
        PartiallyClosed = 4 => "partially_closed",
        Closed = 5 => "closed",
        Expired = 6 => "expired",
        Cancelled = 7 => "cancelled",
        Swap = 8 => "swap",
    }

    /// Where a market order fills (E-1).
    MarketFill { Close = 0 => "close", NextOpen = 1 => "next_open", }

    /// What the time of a signal is compared with: a bar's, or its end (L-1a).
    SignalTime { Bar = 0 => "bar", Decision = 1 => "decision", }

    /// Which extreme of a bar came first: the nearer one, or the one that is worse for the position (E-7).
    Intrabar { Path = 0 => "path", Adverse = 1 => "adverse", }

    /// Which times of several symbols are steps: those of any, or those that all have (M-1).
    SliceMode { Union = 0 => "union", Intersection = 1 => "intersection", }

    /// What happens once an account has nothing left (E-21).
    OnRuin { Stop = 0 => "stop", Continue = 1 => "continue", }

    /// Why a row of the event log is there; the table of reasons in the contract.
    Reason {
        BeforeStart = 0 => "before_start",
        AfterEnd = 1 => "after_end",
        UnknownSymbol = 2 => "unknown_symbol",
        ChangeMissing = 3 => "change_missing",
        DirectionMissing = 4 => "direction_missing",
        OrderTypeMissing = 5 => "order_type_missing",
        StopLossMissing = 6 => "stop_loss_missing",
        PriceMissing = 7 => "price_missing",
        NotPositive = 8 => "not_positive",
        MaxPositions = 9 => "max_positions",
        AlreadyExpired = 10 => "already_expired",
        StopDistance = 11 => "stop_distance",
        StopSide = 12 => "stop_side",
        TargetSide = 13 => "target_side",
        BelowMin = 14 => "below_min",
        FreeMargin = 15 => "free_margin",
        StoppedOut = 16 => "stopped_out",
        SizeAdjusted = 17 => "size_adjusted",
        LimitExpired = 18 => "limit_expired",
        Expired = 19 => "expired",
        StopOut = 20 => "stop_out",
        EndOfData = 21 => "end_of_data",
        TakeProfit = 22 => "take_profit",
        StopLoss = 23 => "stop_loss",
        Timeout = 24 => "timeout",
        BreakEvenStopLoss = 25 => "break_even_stop_loss",
        TrailingStop = 26 => "trailing_stop",
        ModifiedStopLoss = 27 => "modified_stop_loss",
        SignalExit = 28 => "signal_exit",
        StrategyExit = 29 => "strategy_exit",
        BreakEven = 30 => "break_even",
        Trailing = 31 => "trailing",
        ModifySignal = 32 => "modify_signal",
        StrategyModify = 33 => "strategy_modify",
        NoMatch = 34 => "no_match",
        PartBelowMin = 35 => "part_below_min",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_a_text_and_a_number_that_lead_back() {
        for (number, &reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(Reason::from_text(reason.text()), Some(reason));
            assert_eq!(Reason::from_number(number as u8), Some(reason));
        }
        assert_eq!(Direction::from_text("up"), None);
        assert_eq!(OrderType::from_number(9), None);
    }

    #[test]
    fn texts_stand_at_the_numbers_of_their_members() {
        for set in CLOSED_SETS {
            let texts = set.texts();
            assert!(set.members.iter().all(|&(text, number)| texts[usize::from(number)] == Some(text)), "{}", set.name);
            assert_eq!(texts.iter().flatten().count(), set.members.len());
        }
    }

    #[test]
    fn no_member_has_the_number_of_none() {
        assert!(CLOSED_SETS.iter().all(|set| set.members.iter().all(|&(_, number)| number != NO_MEMBER)));
    }
}
