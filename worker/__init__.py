"""What the clock drives: trips, waybills, alerts, notices, the desk's timers, maintenance."""
