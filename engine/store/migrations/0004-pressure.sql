-- What pressure needs beyond the foundation.

-- The trait that holds the address of a message, where its send names another than the channel's.
alter table parcours.message add column address_trait text;
