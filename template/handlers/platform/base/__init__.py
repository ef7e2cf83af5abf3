"""What everything else uses: ids, money, time, errors, settings, logs and traces."""
