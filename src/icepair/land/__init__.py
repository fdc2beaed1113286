"""Where land is: coastlines that lie on this machine, and the pixels of a target behind them."""
