-- How a feed's last answer ended is asked on its cadence while one is on its way.
CREATE INDEX publication_ended_newest_first ON publication (feed_id, decided_at DESC) WHERE state <> 'pending';
