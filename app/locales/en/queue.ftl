# The queue of clips at the right side of the window, stopped clips below it, and what happens when the queue is done.
# A "clip" is a short video; each clip of the queue is a job that waits, runs or was stopped.

## The heading and the line below it

queue-title = Queue ({ $count })
# Button beside the heading: brings back what was removed last.
queue-undo = Undo
queue-paused = Paused
# Which clip of how many is being made: "37 of 50".
queue-summary = { $current } of { $total }
# $clock is a time of day: "14:20".
queue-summary-at = { $current } of { $total }, done at { $clock }
# $time is a duration: "3 min 20 s".
queue-summary-in = { $current } of { $total }, done in { $time }

## A clip of the queue; its states are joined by commas and begin with a capital letter by themselves

queue-being-made = Being made
# The clip's settings are in the form now.
queue-being-edited = being edited
# The clip needs another model than the one that is open.
queue-waits-for-model = waits for its model
queue-of-last-session = of the last session
# $time is a duration: how long the clip will take.
queue-about = about { $time }
queue-waits = waits
# Name of the menu of a clip, for screen readers.
queue-actions = Actions for "{ $clip }"
    .tooltip = Edit, duplicate, move or remove

## Clips that were stopped or have failed

# Heading.
queue-stopped = Stopped ({ $count })
queue-drop = Remove "{ $clip }" from the stopped clips
queue-resume = Resume
    .tooltip = Go on after the last finished step
    .name = Resume "{ $clip }"
queue-try-again = Try again
    .tooltip = Make this clip from the beginning
    .name = Try again "{ $clip }"
# Button: makes a clip that was stopped before it began.
queue-start = Start
    .tooltip = Make this clip now
    .name = Start "{ $clip }"
queue-start-again = Start again
    .tooltip = Make this clip from the beginning
    .name = Start "{ $clip }" again
# How a clip stands; "at step 7 of 20" and a comma may stand before it.
queue-cancelled = cancelled
queue-failed = failed: { $reason }

## Messages

queue-not-kept = the queue would not survive a crash: { $reason }
queue-not-acted = what was to happen when the queue is done did not: { $error }
# The end of the message above, about a command of the user's.
queue-command-code = it ended with the code { $code }
queue-command-signal = it was ended by a signal
