ALTER TABLE progress
    ADD COLUMN IF NOT EXISTS open Tuple(UInt64, UInt32, UInt64) COMMENT 'What has been taken of an epoch that has not ended: epoch, outputs, their hash. Zeros when there is none.',
    ADD COLUMN IF NOT EXISTS ended Array(Tuple(UInt64, UInt32, UInt64)) COMMENT 'How the newest epochs have ended, oldest first: epoch, outputs, their hash. One that is said again must end so.'
