"""Forms filled in by chat: fields as data, drafts that outlive the talk, the review before sending."""
