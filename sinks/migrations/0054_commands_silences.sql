ALTER TABLE commands COMMENT COLUMN IF EXISTS kind 'acknowledge, assign, shelve, unshelve, silence, unsilence, escalate, comment, clean, dirty, block, open, annotate, undo.'
