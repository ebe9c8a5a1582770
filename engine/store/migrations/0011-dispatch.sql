-- Messages in the order in which they leave, to the last: a pass over them goes on behind the one that it marked last.
drop index parcours.outbox_due;
create index outbox_due on parcours.outbox (channel, class, due_at, message_id) where state = 'ready';
