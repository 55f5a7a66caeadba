# Who may do what, and why: docs/identity.md has the same as a table, and tests/terraform holds both to each other.

locals {
  # What a function may do with the objects of each bucket. A function that works on a document also removes what it
  # wrote of one that was erased meanwhile (functions/custody.py): it needs `edit` on all that it may find there.
  # read: get and list; add: also create, but not replace; edit: also replace and delete.
  buckets = {
    normalize   = { uploads = "edit", normalized = "edit", records = "edit", redlines = "edit", dead-letters = "edit" }
    plan        = { uploads = "edit", normalized = "edit", records = "edit", redlines = "edit", dead-letters = "edit" }
    redline     = { uploads = "edit", normalized = "edit", records = "edit", redlines = "edit", dead-letters = "edit" }
    render      = { uploads = "edit", normalized = "edit", records = "edit", redlines = "edit", dead-letters = "edit" }
    join        = { records = "edit", redlines = "add" }
    index       = { uploads = "edit", normalized = "edit", records = "edit", redlines = "edit", dead-letters = "edit" }
    audit       = {}
    erase       = { uploads = "edit", normalized = "edit", records = "edit", redlines = "edit", dead-letters = "edit" }
    deadletters = { uploads = "edit", normalized = "edit", records = "edit", redlines = "edit", dead-letters = "edit" }
  }

  # Topics that a function says things on: those of the events that its handler yields.
  publishes = {
    normalize   = ["documents"]
    plan        = ["redline-pairs", "redlines"]
    redline     = ["redlines"]
    render      = ["redlines"]
    join        = ["redlines"]
    index       = []
    audit       = []
    erase       = ["documents"]
    deadletters = ["documents", "redlines"]
  }

  roles = {
    read = ["roles/storage.objectViewer"]
    add  = ["roles/storage.objectViewer", "roles/storage.objectCreator"]
    edit = ["roles/storage.objectUser"]
  }
}
