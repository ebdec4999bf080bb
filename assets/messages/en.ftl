# Every text that Lanterna shows to people, in English.
#
# Plain and warm: no blame, and what to do next. Names in braces are filled in by the program.
# Texts whose variables the browser fills in (upload-progress and its like) must not use plurals.

### The page

brand = Lanterna
page-title = { $title } · Lanterna
skip-link = Skip to the content
navigation-label = Pages
area-admin = Administration
area-practice = Practice course
practice-strip = This is a practice course. Its people are made up, so try whatever you like.

role-member = Student
role-contributor = Contributor
role-manager = Teacher
role-administrator = Administrator

### Fields, notices, lists

field-optional = (optional)
field-error = Please check:
copy-button = Copy
copy-done = Copied.
copy-failed = Your browser doesn’t let this page copy. The text is selected: press Ctrl+C, or ⌘C on a Mac.
tone-info = Note:
tone-success = Done:
tone-warning = Please note:
tone-error = Problem:
pager-label = More of this list
pager-more = Show more
fact-code = Code
fact-reference = Reference
reference-hint = If you ask for help, pass on the reference: it lets your administrator find exactly this moment.

### Sizes

size-bytes =
    { $number ->
        [one] { $number } byte
       *[other] { $number } bytes
    }
size-kilobytes = { $number } kB
size-megabytes = { $number } MB
size-gigabytes = { $number } GB
size-terabytes = { $number } TB

### Media

kind-video = Video
kind-audio = Audio
kind-image = Picture
kind-pdf = PDF
kind-document = File
visibility-private = Only me
visibility-private-hint = Nobody else sees it until you share it.
visibility-course = This course
visibility-course-hint = Everyone in this course can open it.
card-duration = Length:
player-failed = This browser couldn’t play the file.
player-failed-next = Try again in a moment. If it stays this way, open the file by itself, or try another browser.
player-open-file = Open the file

### Uploading

upload-needs-javascript = Uploading needs JavaScript, which is switched off in this browser. Please switch it on for this site, then reload the page.
upload-visibility = Who can see it?
upload-visibility-hint = Goes for the files you upload next.
upload-drop = Drop files here
upload-choose = Choose files
upload-limit = Video, audio, pictures, PDFs and documents, up to { $limit } each.
upload-list-label = Your uploads
upload-title = Title
upload-start = Start uploading
upload-pause = Pause
upload-resume = Continue
upload-cancel = Remove
upload-open = Open it
upload-waiting = Ready to upload.
upload-queued = Waiting for its turn.
upload-starting = Starting…
upload-progress = { $percent }, { $speed }, { $left } left
upload-paused = Paused at { $percent }. Continue whenever you like.
upload-retrying = The connection was interrupted. Trying again by itself…
upload-resumed = Going on where it stopped…
upload-finishing = Almost there: the file is being checked…
upload-done = Uploaded.
upload-announce = { $name }: { $percent } uploaded.
upload-announce-done = { $name } is uploaded.
upload-announce-failed = { $name } was not uploaded. { $reason }
upload-removed = { $name } was removed from the list.
upload-too-large = This file is larger than { $limit }, which is the limit here. A shorter or smaller version will work.
upload-empty = This file is empty. Please choose another.
upload-unreadable = The file can’t be read any more. It may have been moved or changed: please choose it again.
upload-network = There is no connection right now. What has arrived is safe: choose Continue when you are back online.
upload-session = Your visit has ended. Please open Lanterna again from your course and choose the same file: it goes on where it stopped.
upload-store-full = There is no room left for this file. Please tell your administrator.
upload-refused = This file couldn’t be taken. Please reload the page and try once more.
upload-server = Lanterna couldn’t take the file just now. What has arrived is safe: choose Continue in a few minutes.

### Problems: a sentence, and the next step

problem-not-found = There is nothing at this address
problem-not-found-next = It may have been moved or removed. Go back to your course and open it again from there.

problem-method-not-allowed = This address can’t be used that way
problem-method-not-allowed-next = Go back to the page before and use its links and buttons.

problem-bad-request = Lanterna couldn’t read this request
problem-bad-request-next = Go back, reload the page and try once more. If it happens again, tell your administrator.

problem-too-large = That was more than fits here
problem-too-large-next = Please send something smaller. Your administrator knows the limit and can raise it.

problem-timeout = This took too long
problem-timeout-next = Please check your connection and try again. Uploads go on where they stopped.

problem-forbidden = This page isn’t open to you
problem-forbidden-next = If you think it should be, ask your teacher to share it with you or to check your role in the course.

problem-wrong-host = Lanterna doesn’t answer under this address
problem-wrong-host-next = Open it by the address your school uses. Administrators: it is public_url in the configuration, and requests must carry its host name.

problem-rate-limited = That was a lot in a short time
problem-rate-limited-next = Please wait a minute, then try again.

problem-store-full = There is no room left to save this
problem-store-full-next = Nothing of what was saved before is lost. Please tell your administrator that the disk is almost full.

problem-store-stopped = Lanterna can’t save anything at the moment
problem-store-stopped-next = Everything saved before is safe. Please tell your administrator, who will find the reason in the log and can restart Lanterna.

problem-unavailable = Something went wrong on our side
problem-unavailable-next = Please try again in a moment. If it happens again, tell your administrator.

problem-session-ended = Your visit has ended
problem-session-ended-next = Go back to your course and open Lanterna from there again. Nothing you saved is lost.

problem-session-other-browser = This page belongs to another browser
problem-session-other-browser-next = Links to these pages can’t be passed on. Open Lanterna from your course in this browser.

problem-cookie-needed = Your browser didn’t keep the cookie this page needs
problem-cookie-needed-next = Allow cookies for this site, or open Lanterna in a new window, then start again from your course.
