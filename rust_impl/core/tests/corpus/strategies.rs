//! What the lines about a strategy say: its parameters, overlays, and bars of higher timeframes.

use omega_core::types::{
    DirectionFilter, EngineConfig, HigherBars, MeanReversionParameters, Overlay, OverlayMode, StrategyConfig, Trend,
    UNSET_TIME, VolatilityFeature,
};

use crate::inputs::{Words, list};

pub fn read_strategy(config: &mut EngineConfig, name: &str, words: &mut Words<'_>) {
    let strategy = config.strategy.get_or_insert_with(empty_strategy);
    let parameters = &mut strategy.parameters;
    match name {
        "name" => strategy.name = words.text(),
        "magic_number" => strategy.magic_number = words.parse(),
        "atr_length" => parameters.atr_length = words.parse(),
        "atr_mult" => parameters.atr_mult = words.parse(),
        "window_length" => parameters.window_length = words.parse(),
        "ema_length" => parameters.ema_length = words.parse(),
        "z_score_long" => parameters.z_score_long = words.parse(),
        "z_score_short" => parameters.z_score_short = words.parse(),
        "direction_filter" => {
            parameters.direction_filter = words.member(DirectionFilter::from_text).expect("a choice");
        }
        "max_holding" => parameters.max_holding = Some(words.time()).filter(|&time| time != UNSET_TIME),
        _ => read_bands(parameters, name, words),
    }
}

/// Parameters of scenarios 2 … 6.
fn read_bands(parameters: &mut MeanReversionParameters, name: &str, words: &mut Words<'_>) {
    match name {
        "long_scenarios" => parameters.long_scenarios = list(words).into(),
        "short_scenarios" => parameters.short_scenarios = list(words).into(),
        "b_b_length" => parameters.b_b_length = words.parse(),
        "std_factor" => parameters.std_factor = words.parse(),
        "kalman_r" => parameters.kalman_r = words.parse(),
        "kalman_q" => parameters.kalman_q = words.parse(),
        "tp_min_distance" => parameters.tp_min_distance = words.parse(),
        "htf_tf" => parameters.htf_tf = words.optional(),
        "htf_ema" => parameters.htf_ema = words.parse(),
        "htf_filter" => parameters.htf_filter = words.member(Trend::from_text).expect("a trend"),
        "extra_htf_tf" => parameters.extra_htf_tf = words.optional(),
        "extra_htf_ema" => parameters.extra_htf_ema = words.parse(),
        "extra_htf_filter" => parameters.extra_htf_filter = words.member(Trend::from_text).expect("a trend"),
        "local_z_lookback" => parameters.local_z_lookback = words.parse(),
        "overlay_mode" => parameters.overlay_mode = words.member(OverlayMode::from_text).expect("a mode"),
        _ => read_volatility(parameters, name, words),
    }
}

fn read_volatility(parameters: &mut MeanReversionParameters, name: &str, words: &mut Words<'_>) {
    match name {
        "garch_alpha" => parameters.garch_alpha = words.parse(),
        "garch_beta" => parameters.garch_beta = words.parse(),
        "garch_omega" => parameters.garch_omega = words.optional(),
        "garch_log_returns" => parameters.garch_log_returns = words.parse(),
        "garch_scale" => parameters.garch_scale = words.parse(),
        "garch_min_periods" => parameters.garch_min_periods = words.parse(),
        "garch_floor" => parameters.garch_floor = words.parse(),
        "vol_feature" => parameters.vol_feature = words.member(VolatilityFeature::from_text).expect("a feature"),
        "vol_window" => parameters.vol_window = words.parse(),
        "vol_k" => parameters.vol_k = words.parse(),
        "vol_log" => parameters.vol_log = words.parse(),
        "vol_min_points" => parameters.vol_min_points = words.parse(),
        "vol_garch_lookback" => parameters.vol_garch_lookback = words.parse(),
        "vol_allowed" => parameters.vol_allowed = list(words).into(),
        "vol_hysteresis" => parameters.vol_hysteresis = words.parse(),
        _ => panic!("unknown key {name}"),
    }
}

pub fn read_overlay(config: &mut EngineConfig, words: &mut Words<'_>) {
    let parameters = &mut config.strategy.as_mut().expect("a strategy").parameters;
    let is_long = words.next() == "long";
    let overlay = Overlay {
        timeframe: words.parse(),
        window_length: words.parse(),
        b_b_length: words.parse(),
        std_factor: words.parse(),
        kalman_r: words.parse(),
        kalman_q: words.parse(),
        z_score: words.parse(),
    };
    if is_long { parameters.long_overlays.push(overlay) } else { parameters.short_overlays.push(overlay) }
}

pub fn read_higher(config: &mut EngineConfig, words: &mut Words<'_>) {
    let timeframe = words.parse();
    let (timestamps, closes) = (list(words).into(), list(words).into());
    config.higher_bars.push(HigherBars { timeframe, timestamps, closes });
}

fn empty_strategy() -> StrategyConfig {
    StrategyConfig {
        name: String::new(),
        magic_number: 0,
        parameters: MeanReversionParameters {
            atr_length: 0,
            atr_mult: f64::NAN,
            window_length: 0,
            ema_length: 0,
            z_score_long: f64::NAN,
            z_score_short: f64::NAN,
            direction_filter: DirectionFilter::Both,
            max_holding: None,
            long_scenarios: [].into(),
            short_scenarios: [].into(),
            b_b_length: 0,
            std_factor: f64::NAN,
            kalman_r: f64::NAN,
            kalman_q: f64::NAN,
            tp_min_distance: f64::NAN,
            htf_tf: None,
            htf_ema: 0,
            htf_filter: Trend::Both,
            extra_htf_tf: None,
            extra_htf_ema: 0,
            extra_htf_filter: Trend::Both,
            garch_alpha: f64::NAN,
            garch_beta: f64::NAN,
            garch_omega: None,
            garch_log_returns: false,
            garch_scale: f64::NAN,
            garch_min_periods: 0,
            garch_floor: f64::NAN,
            local_z_lookback: 0,
            vol_feature: VolatilityFeature::GarchForecast,
            vol_window: 0,
            vol_k: 0,
            vol_log: false,
            vol_min_points: 0,
            vol_garch_lookback: 0,
            vol_allowed: [].into(),
            vol_hysteresis: 0,
            overlay_mode: OverlayMode::All,
            long_overlays: Vec::new(),
            short_overlays: Vec::new(),
        },
    }
}
