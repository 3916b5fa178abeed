-- What requests moved of an asset on a day in UTC: entries that were opened on it and not voided. Limits per day are asked of
-- every request, and of the entries there are ever more.
CREATE TABLE ledger_day (
    asset_id        TEXT NOT NULL,
    day             DATE NOT NULL,
    moved           NUMERIC(78, 0) NOT NULL CHECK (moved >= 0),
    PRIMARY KEY (asset_id, day)
);
INSERT INTO ledger_day (asset_id, day, moved)
SELECT opened.asset_id, (opened.at AT TIME ZONE 'UTC')::DATE, SUM(opened.units)
FROM ledger_entry AS opened
WHERE opened.phase = 'pending'
  AND NOT EXISTS (SELECT FROM ledger_entry AS closed
                  WHERE closed.request_id = opened.request_id AND closed.attempt = opened.attempt
                    AND closed.phase = 'voided')
GROUP BY 1, 2;
