"""Money (chapter P): results, cash, equity, drawdown and summary metrics, all in the account currency."""
