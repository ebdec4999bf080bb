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

### Picking for the platform

select-title = Pick media
select-lead-course = For “{ $course }”.
select-lead-several = Tick what you want to add. What you ticked stays ticked while you look around.
select-lead-one = Choose what you want to add.
select-no-course = This page doesn’t belong to a course
select-no-course-text = So you can pick what the whole school or everybody may open. To use something else, change who can see it first.
select-list = Media
select-lists = Lists
select-more = Show more
select-picked = What you picked
select-elsewhere = Picked from other lists
select-count = Picked: { $number }
select-finish = Add
select-to-details = Title, times, grade…
select-cancel = Cancel
select-back = Back to the course
select-nothing-picked = Nothing is picked yet
select-named-elsewhere = What the course named isn’t yours to use here. Please choose something else.
select-not-yours = You can watch it, but not place it. Its owner can: by opening it to this course, or by letting you edit it.
select-not-for-school = Only for some people, and this page belongs to no course.
select-needs-launch = This place of your platform takes only what opens without a launch. Make it public, or give it a link.
select-course-empty = What is placed in this course is listed here.
select-mine-empty = Upload something below: it is picked at once.
select-upload = Not there yet?
select-upload-open = Upload something new
select-upload-text = What you upload here is yours, and is picked as soon as it is there.
select-details = Title, times, grade
select-details-lead = Nothing here has to be filled in.
select-add =
    { $number ->
        [one] Add it
       *[other] Add all { $number }
    }
select-others = Pick others
select-field-title = Title in the course
select-field-title-hint = Left empty, it keeps its own.
select-field-start = Start at
select-field-start-hint = Left empty: at its start
select-field-end = Stop at
select-field-end-hint = Left empty: at its end
select-times-hint = Write times such as 1:30.
select-times-length = It is { $time } long.
select-field-graded = Count towards the grade
select-field-graded-hint = Your platform gets a column in the gradebook for it. Watching is evidence of playing, not of attention.
select-field-maximum = Most points
counting-counts = How points are earned
counting-completion = All of them, for watching enough
counting-proportion = In proportion to what is watched
counting-points-hint = Left empty: { $usual }
counting-threshold = Enough, in percent
counting-threshold-hint = Left empty: { $usual }. The credits needn’t be watched.
counting-collection = What is in the collection counts, each thing the same.
select-field-width = Width in pixels
select-field-height = Height in pixels
select-size = Size of its frame
select-bad-time = That isn’t a time. Write minutes and seconds, such as 1:30.
select-bad-size = Between 100 and 4,000 pixels, please.
select-bad-percent = Between 1 and 100, please.
select-bad-points = More than 0, and at most 10,000 points.
select-end-first = It would stop before it starts.
select-past-end = It is shorter than that.
select-returning = Back to your course
select-returning-text = What you picked is on its way to your platform.
select-returning-button = Go on
select-said-picked =
    { $number ->
        [one] One item was picked.
       *[other] { $number } items were picked.
    }
select-said-cancelled = Nothing was picked.
problem-selection-not-asked = There is nothing to pick for right now.
problem-selection-not-asked-next = Open this page from the editor of your course, where media is added.
problem-selection-for-staff = Picking media is for teachers of the course.
problem-selection-for-staff-next = You can go back to your course. If you teach there, ask an administrator which role your platform gives you.
problem-too-many-picks = That is more than can be added at once.
problem-too-many-picks-next = Go back, and pick fewer. Some places of a course take only one.
problem-pick-gone = Something you picked isn’t there any more, or isn’t yours to use. Nothing was added.
problem-pick-gone-next = Go back, and pick again.
problem-pick-refused = Something you picked can’t be shown in this course. Nothing was added.
problem-pick-refused-next = Go back and leave it out, or ask its owner to open it to this course.
problem-no-way-back = What you picked can’t be sent to your platform.
problem-no-way-back-next = Tell your administrator: the connection to the platform has changed since you started. Nothing was added.

### Fields, notices, lists

field-optional = (optional)
field-error = Please check:
copy-button = Copy
copy-done = Copied.
copy-failed = Your browser doesn’t let this page copy. The text is selected: press Ctrl+C, or ⌘C on a Mac.
form-mistakes = Nothing is saved yet: please look at the marked fields
list-last = { $first } and { $rest }
list-more = { $first }, { $rest }
span-hours =
    { $number ->
        [one] { $number } hour
       *[other] { $number } hours
    }
span-days =
    { $number ->
        [one] { $number } day
       *[other] { $number } days
    }
tone-info = Note:
tone-success = Done:
tone-warning = Please note:
tone-error = Problem:
pager-label = More of this list
pager-more = Show more
fact-code = Code
fact-parameter = Parameter
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
kind-tool = External tool
kind-collection = Collection
visibility-private = Only me
visibility-private-hint = Nobody else sees it until you share it.
visibility-course = This course
visibility-course-hint = Everyone in this course can open it.
visibility-school = The whole school
visibility-school-hint = Everyone who comes from this LMS can open it.
visibility-unlisted = Whoever has the link
visibility-unlisted-hint = No sign-in needed. You can take the link back at any time.
visibility-public = Everybody
visibility-public-hint = Anyone on the internet can open it.
card-duration = Length:
card-tags = Tags
player-failed = This can’t be played right now.
player-failed-connection = The connection broke. Once it is back, choose “Try again”: it goes on where it stopped.
player-failed-damaged = This browser couldn’t read a part of the file. Try again, or open it in another browser. If it stays this way, tell whoever added it.
player-failed-unknown = Either this browser doesn’t know the file’s format, or your visit has ended. Reload the page; if that doesn’t help, open it from your course again or try another browser.
player-failed-picture = This browser plays the sound, but doesn’t know the picture’s format. Another browser may show it.
player-retry = Try again
player-open-file = Open the file by itself
player-stopped = You stopped at { $time }.
player-continue = Continue at { $time }
player-from-start = From the start
player-speed = Speed
player-download = Download
player-picture = Use this moment as the picture
player-picture-done = This moment is the picture now.
player-picture-failed = The picture couldn’t be kept. Please try again in a moment.
player-keys = Keyboard
player-keys-text = These keys work while the player has the focus, besides those of your browser.
player-key-play = Play, pause
player-key-seek = Ten seconds back, ten seconds on
player-key-speed = Slower, faster
player-key-mute = Sound off, on
player-key-captions = Captions off, on
player-key-full = The whole screen
plays-somewhere = Not every browser plays this
plays-nowhere = Browsers don’t play this
plays-format = The format is { $format }.
plays-hevc = Safari plays it on Apple devices, and Chrome and Edge play it on computers whose graphics chip can; Firefox and many Chromebooks don’t.
plays-av1 = Chrome, Edge and Firefox play it; Safari does only on newer Apple devices.
plays-vp9 = Chrome, Edge and Firefox play it; Safari does on newer Apple devices.
plays-dolby = Safari plays its sound, and so does Edge on Windows; Chrome and Firefox stay silent.
plays-apple = Safari plays it; other browsers don’t.
plays-editors = It is made for editing. Safari on a Mac plays it; other browsers don’t.
plays-programs = Programs such as VLC play it.
plays-profile = It is of a kind that cameras and editing programs use, and that few browsers know.
plays-matroska = Chrome and Edge play it; Safari and Firefox don’t.
plays-quicktime = Safari plays it, and Chrome, Edge and Firefox mostly do.
plays-ogg = Chrome, Edge and Firefox play it; Safari does only on newer Apple devices.
plays-avif = Browsers show it since about 2022; older iPhones and iPads don’t.
plays-convert = { $kind ->
    [audio] For everyone to hear it, save it as MP3 or M4A and put that in its place.
    [image] For everyone to see it, save it as JPEG or PNG and put that in its place.
   *[video] For everyone to see it, convert it to MP4 with H.264 video and AAC sound (HandBrake does that, free of charge) and put that in its place.
}
plays-download = You can download it and open it with a program such as VLC.
plays-ask = { $kind ->
    [audio] If you can’t play it, ask whoever added it for an MP3.
    [image] If you can’t see it, ask whoever added it for a JPEG or PNG.
   *[video] If you can’t play it, ask whoever added it for an MP4 with H.264 video.
}
picture-full = Open in full size
pdf-bar = Pages and size
pdf-pages = Pages of { $title }
pdf-page = Page
pdf-of = of { $total }
pdf-page-label = Page { $number } of { $total }
pdf-before = Previous page
pdf-after = Next page
pdf-smaller = Smaller
pdf-larger = Larger
pdf-zoom = Size
pdf-fit = Fit width
pdf-loading = Opening the document…
pdf-loaded = The document is open. Pages: { $total }.
pdf-failed = The document can’t be shown here
pdf-failed-next = Your browser’s own viewer may show it: choose “Open by itself”. If your visit has ended, open the page from your course again.
pdf-password = It is locked with a password. Choose “Open by itself”: your browser’s own viewer asks for it.
pdf-not-noted = Which pages you look at there is not noted.
pdf-open = Open by itself
pdf-stopped = You stopped at page { $page }.
pdf-continue = Continue at page { $page }

### Uploading

upload-needs-javascript = Uploading needs JavaScript, which is switched off in this browser. Please switch it on for this site, then reload the page.
upload-replaces = New file for “{ $title }”
upload-replaces-text = It takes the place of the file that is there now, for everybody and at once. It has to be of the same kind, such as a video for a video.
upload-visibility = Who can see it?
upload-visibility-hint = Goes for the files you upload next.
upload-drop = Drop files here
upload-choose = Choose files
upload-drop-one = Drop a file here
upload-choose-one = Choose a file
upload-choose-folder = Choose a folder
upload-limit = Video, audio, pictures, PDFs and documents, up to { $limit } each. There is room for { $room }.
upload-boxed = The page around this one shows it in a frame that can’t send files. Please open Lanterna in a new tab or window and upload there.
upload-choose-again = Choose the file again
upload-discard = Throw away
upload-left = { $arrived } of { $size } have arrived. Choose the same file again, and it goes on from there.
upload-plays-not = This browser can’t play this file, and others may not either. You can upload it all the same; MP4 with H.264 plays everywhere.
upload-finished = Everything is uploaded.
upload-mine = To my media
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
upload-offline = You are offline. It goes on by itself as soon as the connection is back.
upload-retrying = The connection was interrupted. Trying again by itself…
upload-resumed = Going on where it stopped…
upload-finishing = Almost there: the file is being checked…
upload-done = Uploaded.
upload-announce = { $name }: { $percent } uploaded.
upload-announce-done = { $name } is uploaded.
upload-announce-failed = { $name } was not uploaded. { $reason }
upload-captions-with = { $name } will be its captions.
upload-captions-added = { $name } is now its captions.
upload-captions-refused = { $name } couldn’t be added as captions. { $reason }
upload-captions-failed = Please open it and add them there.
upload-removed = { $name } was removed from the list.
upload-too-large = This file is larger than { $limit }, which is the limit here. A shorter or smaller version will work.
upload-no-room = There isn’t enough room left for this file: { $left }. Delete something that you no longer need, or ask your administrator for more.
upload-empty = This file is empty. Please choose another.
upload-unreadable = The file can’t be read any more. It may have been moved or changed: please choose it again.
upload-session = Your visit has ended. Please open Lanterna again from your course, go to Upload and choose the same file: it goes on where it stopped.
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

### The front page

front-title = A media library for your school’s LMS
front-lead = Teachers add videos, sound and documents to their courses; students press play, right inside Moodle, Canvas, Blackboard, Brightspace, Sakai, Schoology or Open edX.
front-practice = Try the practice course
front-admin = Administration
front-connect = Connect your LMS
front-connect-text = Moodle, Canvas, Brightspace and Sakai connect by pasting one address: an administrator makes it under “Connect an LMS”. Any other LMS takes Lanterna as an external tool (LTI 1.3) with the addresses below; “Connect an LMS” in administration leads through it.
front-connect-form = An LMS that only speaks LTI 1.1 launches the tool URL with a key and a secret, which administration makes.
front-tool-url = Tool URL, target link
front-login-url = Initiate login URL, OIDC login
front-redirect-url = Redirect URL
front-jwks-url = Public keyset URL
front-public-key = The public key as text, for an LMS that wants it pasted

### Keys

public-key-title = Public key
public-key-lead = Most platforms read the key by themselves from the keyset address. If yours wants the key itself, copy this text, first and last line included. In Moodle, choose “RSA key” as the public key type and paste it into “Public key”.
public-key-none = There is no key yet. Please reload this page in a moment.
public-key-set-title = Better: the keyset address
public-key-set = In Moodle choose “Keyset URL” as the public key type, in Canvas “Public JWK URL”. Then a new key is found without you.

public-key-changes = A new key takes over
public-key-changes-text = If this key was pasted into your LMS, paste the next one there when it takes over. Until then the present one is right. It takes over on
public-key-next-title = The next key
public-key-next = This is the key from this moment on:

### Launches that go on in a new window

window-title = One more step
window-lead = Your browser keeps this page from remembering you while it is shown inside another site. Open it in a window of its own, and everything works.
window-foreign-lead = Another page sent you here. Go on only if this is you.
window-untold-lead = Please check that this is you. When you go on, whoever else is still signed in here is signed out.
window-open = Open in a new window
window-continue = Yes, continue
window-hint = The button works for two minutes. After that, open the activity in your course once more.
window-person = You are
window-course = Course
window-platform = From
person-unnamed = Somebody without a name
course-unnamed = No course

login-continue-title = One moment
login-continue-text = We ask { $name } who you are, so that you need not sign in here. If nothing happens, press the button.
login-continue = Continue

### Pages of a launch

browse-mine = My media
browse-course = This course
browse-shared = Shared with me
browse-trash = Trash
browse-upload = Upload
browse-back = Back to the media
browse-hello = Hello, { $name }!
browse-hello-somebody = Hello, and welcome!
browse-place = You are in “{ $course }”, as: { $role }.
browse-place-unnamed = You are here as: { $role }.
browse-from = You came from “{ $platform }”.
browse-nickname = Your LMS keeps your name to itself, so this is what you are called here.
courses-title = Your courses
courses-hint = What is in a course opens from the course itself: go there in your LMS, and open Lanterna.
courses-none = As soon as you open Lanterna from a course of your LMS, the course is listed here.
courses-untitled = A course without a name
courses-here = You are here
courses-last = Last opened
courses-never = Not opened yet
browse-mine-empty = Your shelf is still empty
browse-mine-empty-text = Upload a video, a recording, a picture or a document. Only you can see it until you share it.
browse-course-empty = Nothing here yet
browse-course-empty-staff = Upload something and choose “This course”, and everyone in the course will find it here.
browse-course-empty-student = As soon as your teacher shares something with this course, you will find it here.
browse-shared-empty = Nothing is shared with you yet
browse-shared-empty-text = What others share with you, or with the whole school, appears here.
browse-continuing = Continue where you stopped
browse-continue-at = Stopped at { $time }
browse-continue-page = Stopped at page { $page }
browse-everything = Everything here
browse-tab = Open in a new tab
browse-tab-text = Your pages can have a tab of their own, with more room. Please open it within a minute.
browse-tab-open = Open the new tab
placement-waiting-title = Your teacher needs to open this once
placement-waiting = This course was made from another one. As soon as a teacher opens this activity here, it opens for everybody in the course.
placement-again = Try again
placement-nothing-title = There is nothing here any more
placement-nothing = Whatever this activity showed was removed or taken back, or belongs to another course. Please tell your teacher.
placement-library = Go to the library
signed-out = You are signed out
signed-out-text = You can close this page now. To come back, open the activity from your course again.

### Finding things in a list

find-label = Find media
find-text = Search in titles, descriptions and tags
find-button = Search
find-kind = Type
find-any-kind = All types
find-visibility = Who can see it
find-any-visibility = All
find-sort = Order
sort-best = Best match
sort-newest = Newest first
sort-oldest = Oldest first
sort-title = Title, A to Z
sort-changed = Recently changed
sort-longest = Longest first
sort-largest = Largest first
find-narrowed = Only shown are
find-tag = Tag: { $tag }
find-owner = From: { $name }
find-owner-unnamed = From one person
find-remove = Remove “{ $what }”
find-nothing = Nothing found for “{ $text }”
find-nothing-so = Nothing here is like that
find-nothing-text = Try fewer or other words, or look at everything.
find-clear = Show everything
find-end = That was all.
find-unfinished = The search is being prepared
find-unfinished-text = There may be more than you see here. Please look again in a minute.

### The trash

trash-lead =
    { $days ->
        [0] What you delete stays here for less than a day, and is then deleted for good by itself.
        [one] What you delete stays here for a day, and is then deleted for good by itself.
       *[other] What you delete stays here for { $days } days, and is then deleted for good by itself.
    }
trash-empty = The trash is empty
trash-empty-text = What you delete waits here for a while, in case you want it back.
trash-since = deleted
trash-restore = Restore
trash-remove = Delete for good
trash-remove-text = The file and everything about it will be gone for everybody. This can’t be undone.
trash-remove-really = Delete it now
trash-restored = It is back where it was.
trash-removed = It is deleted for good.
trash-leave = Back to my media

### One item

item-edit = Edit
item-share = Share
item-place = Use in this course
item-back = Back to the item
item-title = Title
item-description = Description
item-description-hint = What is it about? Web addresses become links.
item-tags = Tags
item-tags-hint = Words to find it by, with commas between them: light, wave optics
item-visibility = Who can see it?
item-downloadable = Others may download it
item-downloadable-hint = Whoever can see it is offered the file.
item-save = Save
item-cancel = Cancel
item-saved = Your changes are saved.
item-file = The file
item-replace = Put another file in its place
item-replace-text = For a better version of the same thing: the title, the links and the places in courses stay.
location-unknown = Only you receive this file so far
location-unknown-text = It may say where it was recorded, and we could not check that. Others see that it isn’t ready yet, until you show it anyway or it is checked again.
location-still-unknown = It was checked again, and we still can’t tell whether it says where it was recorded. If that doesn’t matter, show it anyway.
location-untold = The file is checked: others don’t receive where it was recorded
location-allowed = Others receive this file unchecked, as you chose
location-allowed-text = It may say where it was recorded.
location-still-allowed = It was checked again, and we still can’t tell whether it says where it was recorded.
location-allow = Show it anyway
location-withhold = Keep it from others
location-check = Check again
item-delete-heading = Deleting
item-delete = Delete it…
item-delete-text = “{ $title }” goes to your trash, and nobody can open it any more. You can take it out again for { $kept }; after that it is gone for good.
item-delete-really = Move it to the trash
item-deleted = It is in your trash now.
captions-title = Captions
captions-list = Captions that are there
captions-none = There are no captions yet.
captions-not-here = Only videos and sound can have captions.
captions-language = Language
captions-other-language = Another language
captions-cues = Lines
captions-changed = Last changed
captions-do = Download or remove
captions-download = Download { $label }
captions-remove = Remove { $label }
captions-file = File with captions
captions-file-hint = WebVTT (.vtt) or SubRip (.srt), up to { $limit }. Captions in the same language are replaced.
captions-name = Name
captions-name-hint = What people choose them by, for example “English, with sounds described”. Without one, the language is shown.
captions-add = Add captions
captions-no-file = Please choose a file.
captions-bad-language = Please choose the language.
captions-too-large = This is more than { $most } of captions. Please check that it is the right file.
captions-not-captions = This is neither WebVTT nor SubRip. Please export the captions as .vtt or .srt.
captions-too-many = These are more than { $most } captions, which is as many as can be kept.
captions-line-too-long = Line { $line } is longer than { $most }.
captions-cue-too-long = What the caption in line { $line } says is longer than { $most }.
captions-bad-timing = Line { $line } doesn’t say from when to when the caption is shown. It should look like 00:01:05.000 --> 00:01:08.500.
captions-backwards = The caption in line { $line } ends before it begins.
captions-empty = There is not a single caption with words in this file.
item-download = Download { $name }
item-download-off = Whoever added it doesn’t offer it for download.
item-download-text = Browsers don’t show files of this type. You can download it.
item-owner-you = You
fact-kind = Type
fact-duration = Length
fact-resolution = Resolution
fact-pages = Pages
fact-size = Size
fact-added = Added
fact-owner = From
fact-visibility = Who can see it
title-empty = Please give it a title.
title-too-long = Please choose a shorter title: { $most } characters at most.
title-control-character = Please write the title on one line, without special control characters.
description-too-long = Please shorten the description to { $most } characters.
tags-too-many = Please keep to { $most } tags.
tags-too-long = Please choose shorter tags: { $most } characters each at most.
visibility-not-here = It can be shown to a course only from inside that course, by its teachers. Open it from the course it belongs to.
edit-title = Edit “{ $title }”

### Who can see an item: parts of one sentence

reach-nobody = Only you
reach-nobody-yet = Only you, until you give somebody a link
reach-you = You
reach-people =
    { $number ->
        [one] one person you chose
       *[other] { $number } people you chose
    }
reach-courses =
    { $number ->
        [one] everyone in the course { $courses }
       *[other] everyone in the courses { $courses }
    }
reach-school = everyone who comes from this LMS
reach-links =
    { $number ->
        [one] whoever has your link
       *[other] whoever has one of your { $number } links
    }
reach-everybody = anybody on the internet
seen-everybody = Anybody on the internet
seen-school = Everyone who comes from this LMS
seen-course = Everyone in this course
seen-links = The people it was shared with, and whoever has its link
seen-shared = The people it was shared with
course-quoted = “{ $title }”
course-untitled = a course without a name

### Sharing one item

share-title = Share “{ $title }”
share-reach = Who can see it now:
share-reach-change = Change who can see it
share-done = It is shared. They find it under “Shared with me”.
share-undone = It is no longer shared with that person.
share-people = People
share-people-hint = Who may change it can change the title, the description, the tags, the captions and the file. Deleting it and deciding who sees it stay yours.
share-people-elsewhere = To share it with people by name, open it from a course that you teach.
share-with = Shared with
share-course-people = People of this course
share-column-person = Name
share-column-role = Role
share-column-may = What they may do
share-column-give = Share
share-column-change = Change
share-may-see = Can see it
share-may-change = Can change it
share-see = Let them see it
share-change = Let them change it
share-only-see = Only let them see it
share-stop = Stop sharing
share-find = Find by name
share-find-press = Find
share-nobody-else = Nobody else of this course has opened Lanterna yet. Once they have, you can pick them here.
share-nobody-found = Nobody of this course has such a name.
links = Links
links-text = Whoever has one of these links can open it, without signing in. Make one for each group you give it to: then you can take one back and the others go on working.
links-how = To give people a link, choose “Whoever has the link” under who can see it, then come back here.
links-forbidden = Your administrator has switched off opening things without the LMS, so links open nothing at the moment.
links-public = Anybody can open it here
links-full = There are { $most } links, and that is the most. Take one back that is no longer needed, then make a new one.
links-embed = Show it in a web page or a blog
links-embed-text = Paste this code where your page takes HTML. Whoever sees the page can play it.
links-embed-code = Embed code
link-number = Link { $number }
link-made = Made
link-make = Make a link
link-back = Take it back
link-done = The link is made. Copy it below.
link-undone = The link is taken back: it opens nothing any more.
place-heading = Use in a course
place-text = Put it into this course, and everyone in the course can open it. You get an address for an activity of your LMS.
place-press = Put it into this course
place-there = It is in this course. To give it an activity of its own, paste this address into your LMS:
place-address = Address for the activity
place-help = How do I do that?
place-help-1p3 = Add an “external tool” activity to the course, choose Lanterna as the tool, and paste the address as the tool URL (some say “target link URI”). Save, and open the activity once to see that it works.
place-help-1p1 = With LTI 1.1, paste the same address as the launch URL; key and secret are those your administrator set up. If your LMS lets you set only custom parameters, use this line instead:
place-custom = Custom parameter
place-done = It is in this course now.
place-undone = It is taken out of that course.
place-list = Where it is
place-as = As “{ $title }”.
place-part = From { $start } to { $end }.
place-from = From { $start } on.
place-graded = It counts towards the grade.
fact-used = Used
used-courses =
    { $number ->
        [one] In one course
       *[other] In { $number } courses
    }
used-in-courses =
    { $number ->
        [one] It is in one course.
       *[other] It is in { $number } courses.
    }
place-copy = { $course }, a copy of { $origin }
place-column-course = Course
place-column-since = Since
place-column-change = Change
place-out = Take it out
place-allow = Let it open again
place-withdrawn = { $course }, a copy that you took it out of
copy-withdrawn = It is taken out of that copy of the course now.
copy-allowed = It opens in that copy of the course again.

### Problems of media and uploads

problem-cross-site = Another website tried to change something here
problem-cross-site-next = Nothing was changed. Open Lanterna from your course and do it there.
problem-not-open-outside = Nothing can be opened at this address
problem-not-open-outside-next = If it is in your course, open it from there. If somebody gave you a link, ask them whether it still works.
problem-needs-launch = This opens only from inside a course
problem-needs-launch-next = To show it in other pages, its owner can choose “Whoever has the link” or “Everybody” under who can see it. In a course, add it as an activity instead.
problem-link-is-owners = Only its owner can give links to this away
problem-link-is-owners-next = Ask whoever added it for a link, or add it to your course as an activity.
problem-not-unlisted = A link would open nothing now
problem-not-unlisted-next = Choose “Whoever has the link” under who can see it first. If that isn’t offered, your administrator has switched it off, or you need to come from a course that you teach.
problem-only-json = Only JSON is offered here
problem-only-json-next = Ask with format=json.
problem-not-yours = This belongs to somebody else
problem-not-yours-next = Only whoever uploaded it can change or delete it. Ask them if something should be different.
problem-sharing-refused = This can’t be shared with that person from here
problem-sharing-refused-next = Teachers can share with people of their course. Open it from a course in which you both are.
problem-too-many-links = This has as many links as it can have
problem-too-many-links-next = Take one back that is no longer needed, then make a new one.
problem-too-many-shares = This is shared with as many people as it can be
problem-too-many-shares-next = Show it to the course or to the whole school instead.
problem-bad-description = The description is too long
problem-bad-description-next = Keep it to 5,000 characters.
problem-bad-tags = There are too many tags, or one is too long
problem-bad-tags-next = Up to 20 tags of 50 characters each are kept.
problem-bad-captions = These captions can’t be read
problem-bad-captions-next = Open the item’s page and add them there: it names the line that is wrong.
problem-bad-language = This isn’t a language
problem-bad-language-next = Please go back and choose one.
problem-no-captions-here = Only videos and sound can have captions
problem-no-captions-here-next = Please go back and choose a video or a recording.
problem-too-many-captions = This has captions in as many languages as it can have
problem-too-many-captions-next = Remove some that nobody needs, then try again.
problem-visibility-refused = You can’t share with this course from here
problem-visibility-refused-next = Teachers can, from inside the course. Choose “Only me” for now.
problem-bad-title = This title can’t be used
problem-bad-title-next = Please choose one of 1 to 200 characters, on a single line.
problem-bad-picture = This can’t be taken as a picture
problem-bad-picture-next = Please choose a JPEG, PNG or WebP of up to 2 MB and 20 megapixels.
problem-file-unchecked = This isn’t ready yet
problem-file-unchecked-next = Whoever added it has to look at it first: the file may say where it was recorded. Please try again later, or ask them.
problem-check-under-way = Another of your files is being checked
problem-check-under-way-next = Please wait a moment, then try again.
problem-file-damaged = The file of this item is missing or damaged
problem-file-damaged-next = Please tell your administrator, who may have a backup. If you have the file, upload it again.
problem-no-download = This isn’t offered as a file to keep
problem-no-download-next = You can watch it here. If you need the file, please ask whoever uploaded it.
problem-pictures-busy = Many pictures are being made just now
problem-pictures-busy-next = Please try again in a moment. What was there before stays.
problem-picture-under-way = Your picture before this one isn’t ready yet
problem-picture-under-way-next = Please wait a moment, then try again.
problem-upload-empty = This file is empty
problem-upload-empty-next = Please choose another file.
problem-upload-too-large = This file is too large
problem-upload-too-large-next = A shorter or smaller version will work. Your administrator knows the limit and can raise it.
problem-upload-quota = There isn’t enough room left on your shelf for this file
problem-upload-course-quota = There isn’t enough room left in this course for this file
problem-upload-course-quota-next = Somebody can delete what the course no longer needs, or your administrator can give courses more room.
problem-upload-quota-next = Delete something that you no longer need, or ask your administrator for more room.
problem-upload-too-many = You have a lot of uploads under way
problem-upload-too-many-next = Please let some of them finish, or remove those you no longer want, then try again.
problem-upload-locked = This upload is still busy with an earlier attempt
problem-upload-locked-next = Please try again in a moment: it goes on where it stopped.
problem-upload-offset = The upload stands elsewhere than this browser thought
problem-upload-offset-next = Please try again: it goes on where it really stopped.
problem-upload-too-long = More arrived than this file was said to have
problem-upload-too-long-next = It may have changed while it was uploaded. Please choose it again.
problem-upload-checksum = A part of the file changed on its way
problem-upload-checksum-next = Please try again: that part is sent once more. If it keeps happening, try another network.
problem-upload-bad-checksum = The checksum of this part can’t be read
problem-upload-bad-checksum-next = Reload the page and try again. If you are a program: send sha1 or sha256, a space, and the digest in Base64.
problem-upload-other-kind = This file is of another kind than the one it was to replace
problem-upload-other-kind-next = Nothing has changed. Choose a file of the same kind, such as a video for a video, or upload it as something new.
problem-upload-interrupted = The connection was interrupted
problem-upload-interrupted-next = What has arrived is safe. Please try again: it goes on where it stopped.
problem-upload-complete = This upload is complete already
problem-upload-complete-next = You find it among your media.
problem-upload-version = This program uploads in a way that Lanterna doesn’t know
problem-upload-version-next = Reload the page and try again. If you are a program: speak tus 1.0.0 and say so in Tus-Resumable.
problem-upload-length = This upload doesn’t say how long it is
problem-upload-length-next = Reload the page and try again. If you are a program: send Upload-Length with the first request; Upload-Defer-Length isn’t offered.
problem-upload-type = What was sent isn’t a part of an upload
problem-upload-type-next = Reload the page and try again. If you are a program: send application/offset+octet-stream.

### Administration

admin-status = Status
admin-launches = Launches
admin-connections = Connections
admin-audit = Audit log
admin-unclaimed = Nobody administers this Lanterna yet
admin-unclaimed-text = Open the link that was printed when the server started, or run “lanterna admin” on the machine for a new one.
sign-in-title = Sign in to administration
sign-in = Sign in
sign-out = Sign out
sign-in-wrong = That name and password don’t belong together.
sign-in-forgotten = Forgotten? Whoever can run commands on the machine gets a new link with “lanterna admin”.
name = Name
password = Password
claim-title = Become the administrator
claim-lead = Choose the name and the password with which you will sign in from now on.
claim-submit = Become the administrator
claim-password-hint = At least { $least } characters. A sentence that only you would think of is a good one.
claim-bad-name = Please choose a name of up to 64 letters.
claim-short-password = Please choose a password of at least { $least } characters.
claim-long-password = Please choose a shorter password.
claim-failed = The password could not be stored. Please try again.

status-system = This Lanterna
status-connections = Connections
status-connections-number =
    { $number ->
        [one] { $number } platform is connected.
       *[other] { $number } platforms are connected.
    }
status-connections-at-least = At least { $number } platforms are connected. Only the first of them were looked at here.
status-connections-all = All connections
status-nothing-waits = Nothing waits for you there.
status-more-wait = There are more that wait.
status-registration-waits = A new registration waits
status-recent = Recent launches
status-version = Version
status-address = Public address
status-configuration = Configuration
status-data = Data
status-media = Media
status-free = Free space
status-store = Store
status-journal = Journal
status-checkpoint = Last checkpoint
status-snapshot = Last snapshot
status-started = Started
status-never = Not yet
status-unknown = Unknown
status-disk-low = The disk is almost full
status-disk-low-text = Nothing new is stored until there is space again. What is there is safe. Free some space, or lower “reserve” in the configuration.
status-stopped = The store has stopped writing
status-stopped-text = A write failed, so nothing new is taken until a restart. What was acknowledged is safe. Check the disk and the log, then restart Lanterna.
status-damaged = The store is being rebuilt
status-damaged-text = Damage was found and the store is being made again from its snapshot and journal. This page tells when it is done.

connections-caption = Platforms that may launch Lanterna
connections-name = Name
connections-state = State
connections-none = No platform is connected yet
installation-none = That of the next launch
installation-forget = Forget { $guid }
connections-none-text = Choose your LMS, and this page leads you through the rest. It takes a few minutes.
connections-new = Connect an LMS
connections-invitations = Open invitations
connections-version = LTI
connections-platform = LMS
connections-last = Last launch
connections-unknown = Not known yet
connections-waiting =
    { $number ->
        [one] { $number } deployment waits
       *[other] { $number } deployments wait
    }
connections-deleted = Deleted connections
connection-proposed = New registration waits for you
connection-lti-1p1 = 1.1
connection-lti-1p3 = 1.3
connection-gone = Deleted
connection-issuer = Issuer
connection-client = Client ID
connection-auth = Authentication address
connection-token = Access token address
connection-keys = Public keyset address
connection-login = Login address of this connection alone
connection-installation = Installation
connection-made = Made
connection-people = People
connection-people-go = Who came by it, and what they keep here
connection-deleted = This connection was deleted
connection-deleted-text = Nobody comes in by it. What its people uploaded is still stored, until you remove it.
connection-deleted-media = What they left, and removing it
left-title = What the people of { $name } left
left-owners = People who own media
left-items = Items
left-size = Size
left-counted = Counted among the first 1000 people.
left-list = Who they are, and how much each keeps
left-under-way = It is being removed
left-done = It was removed
left-removed =
    { $number ->
        [one] 1 item, { $size }, removed for { $name }.
       *[other] { $number } items, { $size }, removed for { $name }.
    }
left-remove-title = Remove it for good
left-all = Everything that the people of this connection uploaded is deleted, from courses and from links to it as well.
left-joined = Whoever came over to another connection keeps what is theirs.
left-final = It can’t be undone. A backup still has it.
left-name = To go on, write the connection’s name: { $name }
left-other-name = This is not the name of the connection.
left-remove = Remove everything
left-not = Keep it
connection-end = Moving and ending
connection-end-text = Switched off, nobody comes in until you switch it on again, and nothing is lost.
connection-switch-off = Switch off
connection-switch-on = Switch on
deployment-block = Block { $deployment }
deployment-blocked = Blocked
deployment-waits = Waits for you
deployments-title = Deployments
deployments-of = Deployments of { $name }
deployments-lead = Each installation of Lanterna in this LMS is a deployment. Launches of those that wait or are blocked are refused.
deployments-waiting = Waiting for you
deployments-waiting-more = { $number } wait altogether. The others show here as you decide.
deployments-all = All deployments
deployments-back = Back to the connection
deployments-end = There is no further deployment
deployments-caption = Installations of Lanterna in this LMS
deployments-id = Deployment ID
deployments-seen = First seen in
deployments-since = Since
deployments-change = Change
origins-title = Where its launches come from
origins-text = Lanterna has learned these addresses from launches. They may show its pages in a frame.
origins-forget = Forget { $origin }
settings-title = Settings
settings-file = This connection comes from the configuration file. Change it there, then restart Lanterna.
settings-saved = Your changes are saved
settings-save = Save
settings-yes = Yes
settings-no = No
settings-none = None
settings-name = Name
settings-name-hint = What you and others see, such as “School Moodle”.
settings-accept = Accept every deployment at once
settings-accept-hint = Otherwise one that is new waits here until you approve it.
settings-algorithm = Signature algorithm
settings-algorithm-hint = What the LMS signs its launches with. Nearly all use RS256.
settings-authentication = Asking the LMS who somebody is
settings-authentication-hint = A few LMSs take only one of the two.
settings-get = By a redirect (GET)
settings-post = By a form (POST)
settings-audience = Access token audience
settings-audience-hint = Only if the LMS names one. Otherwise its access token address is used, letter by letter.
settings-window = How far its clock may differ, in minutes
settings-window-hint = From 1 to 60. Five are usual.
settings-window-wrong = Please enter a whole number from 1 to 60.
settings-body-only = It leaves the query out of what it signs
settings-body-only-hint = Only for an LMS whose launches are refused without this. The query of its launches is then thrown away.
settings-guid = The installation it must come from
settings-guid-hint = Its id (tool_consumer_instance_guid). Left empty, it is that of the first launch.
settings-guid-wrong = Please enter an id of at most 500 letters.
settings-names = Take the names that it sends
settings-names-hint = Otherwise everyone gets a friendly name that is made up, such as “Amber Heron 42”, and keeps it.
settings-known = Only people who are known already come in
settings-known-hint = Whoever was here before, or is on a synced roster. An email address makes nobody known.
settings-kept = Custom parameters to be kept with a session
settings-kept-hint = One in a line, with its whole name: custom_tpa_class.
settings-kept-wrong = Please begin the name with custom_ and use no spaces: { $line }
settings-kept-many = These are more than { $most } parameters.
settings-anonymous = Let people in without a name or id
settings-anonymous-hint = For an LMS that keeps back who somebody is. Each visit is then that of a new person, who keeps nothing.
settings-sums-only = Keep what single people watched from teachers
settings-sums-only-hint = Teachers then see sums without names, and only of five people or more. What counts towards the grade is still passed on.
settings-roles = Roles that count as something else
settings-roles-hint = One in a line, as the LMS sends it: Aide = contributor. Possible are member, contributor and manager.
settings-roles-wrong = Please write this line as a role, an equals sign, and member, contributor or manager: { $line }
settings-roles-many = These are more than { $most } roles.
settings-roles-beyond = A role of the whole institution counts in every course
settings-roles-beyond-text = Everyone who has it is more than a student in each course that they open from this LMS, whether they teach it or not.
settings-origins = Further addresses that show Lanterna
settings-origins-hint = One in a line, without a path: https://courses.school.example. Needed when your LMS shows courses under other addresses than its own.
test-title = Test
test-text = Asks the LMS for its keys and for an access token, and compares the clocks. Nothing is changed.
test-text-1p1 = An LMS can’t be asked anything by LTI 1.1: only the secret here is looked at. The last launch is the proof that the LMS has the same one.
test-go = Test the connection
test-well = Everything answers as it should
test-well-1p1 = There is a secret; the last launch shows whether the LMS has it, too
test-amiss = Something is not right yet
test-caption = What was tried just now
probe-auth-address = Authentication address
probe-token-address = Access token address
probe-keys-address = Public keyset address
probe-key-set = Public keyset
probe-token = Access token
probe-clock = Clock
probe-secret = Secret
probe-next-unreachable = Check the address. If it is on your own network, add its host to trusted_hosts below [outbound] in the configuration file, and restart.
probe-next-status = Open the public keyset address in a browser. If it shows an error there too, it is another address, or the LMS has a problem.
probe-next-not-a-key-set = Compare the public keyset address with what the LMS shows. It should answer with JSON that begins with “keys”.
probe-next-no-key = Choose in the settings below the algorithm that the LMS signs with.
probe-next-invalid-client = Compare the client id. In the LMS, set the public key to be read from the keyset address, and see that it can reach this Lanterna: a firewall, or a list of blocked hosts or ports, may be in between.
probe-next-refused = See whether Lanterna is switched on in the LMS, and whether the LMS names an audience for access tokens; if it does, enter that in the settings below.
probe-next-not-a-token-endpoint = Compare the access token address with what the LMS shows, letter by letter.
probe-next-clock = Set both machines’ clocks by a time server (NTP). Launches are refused when the difference is too large.
probe-next-no-secret = Make a new secret below.
probe-next-here = Look at “Keys”, and restart Lanterna if there is none.
move-go = Its address has changed…
move-title = Move “{ $name }”
move-lead = For an LMS that has a new address, or a new client id for Lanterna. People, courses and media stay what they are, as long as it is the same LMS with the same accounts.
move-really = Move it
delete-go = Delete…
delete-title = Delete “{ $name }”?
delete-lead = This is what happens:
delete-launches = Nobody comes in from this LMS any more, and whoever is in is out at once.
delete-placements = What teachers placed in courses of this LMS opens nothing any more.
delete-media = Media stay stored under their owners’ names. You find the owners and amounts below “Deleted connections”. Links to public and unlisted media go on working.
delete-final = It can’t be undone. If you connect the same LMS again, its people start with empty shelves.
delete-rather = If you only want to stop launches for a while, switch the connection off instead. If the LMS has a new address, move it.
delete-really = Delete the connection
delete-not = Keep it
people-title = People of “{ $name }”
people-lead = Everybody who came by this connection, and how much they keep here.
people-caption = People and what they keep
people-name = Name
people-items = Items
people-size = Size
people-last = Last here
people-none = Nobody has come by it yet.
people-back = Back to the connection

choose-lead = Which LMS does your school use? You will need an administrator’s account there.
choose-paste = One address to paste
choose-copy = A few values to copy
choose-other = Another LMS
choose-other-text = Anything that speaks LTI 1.3
choose-consumer = LTI 1.1
choose-consumer-text = A key and a secret, for older LMSs
choose-file = You can also write connections into the configuration file, as a [[platform]] or a [[consumer]].

guide-title = Connect { $name }
guide-by-hand = Or by hand: copy these values
guide-copy = Copy these values
guide-back = What { $name } gives you
guide-back-text = Copy it from there into these fields. You can change all of it later.
guide-connect = Connect
guide-custom = The custom parameter lets copied courses keep their media. Where there is a field each for name and value, they are what is before and after the “=”.
guide-traps = Good to know

guide-moodle-dynamic = In Moodle go to Site administration → Plugins → Activity modules → External tool → Manage tools. Paste the address into “Tool URL” and press “Add LTI Advantage”, then activate the new tool.
guide-moodle-go = In Moodle go to Site administration → Plugins → Activity modules → External tool → Manage tools, and choose “Configure a tool manually”.
guide-moodle-then = Save it. Then open the list icon of the new tool: “Tool configuration details” shows what belongs into the next form.
guide-moodle-hosts = Moodle reads Lanterna’s keys by itself, and refuses hosts on private networks. If this Lanterna is on one, take it out of “cURL blocked hosts list” in Site administration → General → Security → HTTP security.
guide-moodle-ports = Moodle calls only the ports 80 and 443. For any other port, add it to “cURL allowed ports list” on the same page.
guide-moodle-https = Moodle and Lanterna should both use https, or browsers keep no cookies in frames.
guide-canvas-dynamic = In Canvas go to Admin → Developer Keys → + Developer Key → + LTI Registration, and paste the address.
guide-canvas-go = In Canvas go to Admin → Developer Keys → + Developer Key → + LTI Key.
guide-canvas-then = Save it. The long number in the “Details” column is the client id. Then install it in Settings → Apps → + App, with “By Client ID” as its configuration type; “Deployment Id” is in the menu of the installed app.
guide-canvas-on = Switch the key’s state to ON in the list of developer keys, or nothing launches.
guide-canvas-manual = If Canvas can’t reach this Lanterna, choose “Paste JSON” as the method, and paste what the JSON URL shows in your browser.
guide-canvas-custom = The JSON brings the custom field along. Enter it yourself only with “Manual Entry” as the method.
guide-canvas-deployments = Each installation in an account or a course is a deployment of its own. New ones wait on the page of the connection, unless you accept every deployment at once.
guide-canvas-privacy = Without “Public” as privacy level, Canvas tells no names. Everything works all the same.
guide-blackboard-go = Sign in at Anthology’s developer portal, developer.blackboard.com. Go to My Applications and choose “Register a REST or LTI application”.
guide-blackboard-then = Copy the application id. Then, in Blackboard, go to Administrator Panel → LTI Tool Providers → Register LTI 1.3/Advantage Tool, enter it as “Client ID” and submit; that page shows the deployment id.
guide-blackboard-status = The tool’s status must be “Approved” in LTI Tool Providers. Allow role, name and, if you want, user email to be sent. The custom parameter can be entered on that page as well.
guide-blackboard-placements = For teachers to find it, make a placement in “Manage Placements”: type “Deep Linking content tool”, with the tool redirect URL as its target link.
guide-brightspace-dynamic = In Brightspace go to Admin Tools → Manage Extensibility → LTI Advantage → Register Tool, choose “Dynamic” and paste the address into “Tool initiation registration endpoint”.
guide-brightspace-go = In Brightspace go to Admin Tools → Manage Extensibility → LTI Advantage → Register Tool, and choose “Standard”.
guide-brightspace-then = Register it: the page shows the registration details. Then choose “View Deployments” → “New Deployment”; the deployment id is shown after saving.
guide-brightspace-audience = Copy the OAuth2 audience, too. For hosted Brightspace it is https://api.brightspace.com/auth/token.
guide-brightspace-deployment = In the deployment, make the tool available to your org units, and allow user and org unit information, or launches come without names and courses.
guide-sakai-dynamic = In Sakai go to Administration Workspace → External Tools → LTI Advantage Auto Provision, give it a title and paste the address.
guide-sakai-go = In Sakai go to Administration Workspace → External Tools → Install LTI 1.3 Tool.
guide-sakai-then = Save it, then open it again: it shows what belongs into the next form.
guide-sakai-services = Choose “Send User Names to External Tool”, “Allow External Tool to return grades” and “Provide Roster to External Tool”. Let it be used from the rich text editor and selected from Lessons.
guide-sakai-older = Older versions of Sakai say “Platform OIDC Authentication URL”, “Platform OAuth2 Bearer Token Retrieval URL” and “Platform OAuth2 Well-Known/KeySet URL” for the last three.
guide-schoology-go = In Schoology go to App Center → My Developer Apps (or Organization Apps) → Add App.
guide-schoology-then = Submit it. “Options” → “API Info” shows the client id. Then choose “Install LTI 1.3 App” and add it to your organization: the deployment id is in the configuration of the installed app.
guide-schoology-places = Let it be installed for the course materials and, if you like, for the rich text editor. Schoology offers picking only there, below “Add Materials”.
guide-schoology-privacy = Choose in its privacy settings that names may be sent, if you want to see them.
guide-schoology-deployments = If you leave the deployment id out, the first launch brings it, and it waits on the page of the connection.
guide-openedx-go = In Studio switch on the module lti_consumer in the course’s Advanced Settings, add an “LTI Consumer” component and edit it.
guide-openedx-then = Save it. The component then shows what belongs into the next form. “Platform ID” is the address of your LMS, without a slash at its end.
guide-openedx-blocks = Open edX gives each component a client id of its own. To use one for a whole course or site, ask for reusable LTI configurations there.
guide-openedx-studio = LTI 1.3 launches open only in the LMS, not in Studio’s preview.
guide-other-dynamic = If your LMS offers dynamic registration (LTI Advantage), it wants only one address.
guide-other-go = Register Lanterna as an external tool with LTI 1.3. Names differ from LMS to LMS; these are the usual ones.
guide-other-then = Save it, and look for what the LMS shows in return.
guide-other-scopes = Where it asks for scopes, grant https://purl.imsglobal.org/spec/lti-ags/scope/lineitem, https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly and https://purl.imsglobal.org/spec/lti-ags/scope/score for grades, and https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly for the roster. If it has Basic Outcomes only, grant https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome for grades instead.
guide-other-exact = The issuer is compared letter by letter: copy it, also with or without a slash at its end.

entry-empty = Please fill this in.
entry-choose = Please choose one of the list.
entry-name = Please choose a shorter name, of up to 100 letters.
entry-id = Please check this: it should be one line of letters and digits, as the LMS shows it.
entry-issuer = Please enter the whole address as the LMS shows it, such as https://lms.school.example.
entry-issuer-hint = Letter by letter as it is shown there.
entry-http = This must begin with https://. If your LMS has only http, add it to trusted_hosts below [outbound] in the configuration file.
entry-address = Please enter a whole web address, such as https://lms.school.example/keys.
entry-unreachable = This address can’t be used: { $reason }.
entry-origin = Please write only the beginning of an address, such as https://courses.school.example, in place of: { $line }
entry-origins = These are more than { $most } addresses.
entry-exists = There is a connection with this already: number { $number }. Change that one, or delete it first.
entry-addresses = Its addresses are not the usual ones
entry-addresses-hint = Leave these empty, unless your Moodle shows others.
entry-deployment-hint = Left empty, the first launch brings it, and it waits for you here.
entry-canvas = Which Canvas?
entry-canvas-hint = Canvas by Instructure is canvas.instructure.com, whatever your school’s own address is.
entry-canvas-own = One that you run yourselves
entry-canvas-more = For a Canvas that you run yourselves
entry-canvas-root = Its address
entry-canvas-root-hint = Such as https://canvas.school.example.
entry-canvas-issuer = Issuer
entry-canvas-issuer-hint = Left empty, https://canvas.instructure.com, which it is unless you changed it.

consumer-title = Key and secret for LTI 1.1
consumer-lead = For an LMS that doesn’t speak LTI 1.3. Lanterna makes a key and a secret, which you copy into the LMS.
consumer-make = Make a key and a secret
consumer-once = Copy the secret now: it is not shown again
consumer-once-text = If you lose it, make a new one on the page of the connection.
consumer-key = Consumer key
consumer-secret = Shared secret
consumer-launch = Launch URL
consumer-cartridge = Configuration URL (cartridge)
consumer-history = Custom parameter, so that copied courses keep their media
consumer-roster = Custom parameter, for the roster
consumer-done = I have copied it
consumer-rotate = Make a new secret
secret-title = A new secret for { $name }
secret-lead = Lanterna makes a new secret, which you copy into the LMS. Until you have done that, the LMS signs with the present one.
secret-overlap = How long the present secret stays good
secret-overlap-hint = Both are good in the meantime. If the present one is known to somebody who shouldn’t have it, end it at once.
secret-overlap-none = Not at all
secret-at-once = It ends now
secret-overlap-day = 1 day
secret-overlap-week = 7 days
secret-overlap-month = 30 days
secret-until = Until { $moment }
secret-third = The secret before the present one is still good. It ends with this.
secret-not = Keep the present one
secret-both = The former secret is still good
secret-both-until = Copy the new one into the LMS by
secret-ended = The former secret is no longer good
former-secret = Former secret
former-secret-until = Good until
former-secret-used = The LMS still signs with it.
former-secret-unused = The LMS signs with the new one.
former-secret-end = End it now
consumer-names = Where they go
consumer-names-moodle = Moodle: Manage tools → configure a tool manually, with LTI version 1.0/1.1. “Consumer key” and “Shared secret”.
consumer-names-canvas = Canvas: Settings → Apps → + App, by URL. “Consumer Key”, “Shared Secret” and, as “Config URL”, the cartridge.
consumer-names-openedx = Open edX: add name:key:secret to “LTI Passports” in Advanced Settings, and use the name as “LTI ID”.
consumer-names-custom = The custom parameters go to “Custom parameters” in Moodle and most others, and to “Custom Fields” in Canvas, one per line. The cartridge brings them along.
consumer-names-signing-in = A portal can sign people in without a course: let it post a launch without resource_link_id to the same address.
consumer-names-signing = If your LMS signs launches without their query, switch that on in the settings of the connection.

connection-off = Switched off
connection-file = From the configuration
connection-registered = Registered
connection-practice = Practice course
deployments-none = None seen yet
deployment-approved = Approved
deployment-approve = Approve { $deployment }

launches-caption = Logins and launches, newest first
launches-when = When
launches-connection = Connection
launches-step = Step
launches-outcome = Outcome
launches-none = Nothing has arrived yet.
launches-reference = Reference
launches-reference-hint = The 26 letters and digits that somebody was shown.
launches-find = Find
launches-unknown = There is nothing with this reference. It may be too old, or a letter is wrong.
launches-no-connection = Unknown
launch-title = One launch
launch-opened = Opened
launch-refused = Refused
launch-waiting = Waiting for its window
launch-message = Message
launch-binding = Browser recognised by
launch-detail = Seen
launch-unknown = —
launch-check = Check
launch-checks = What was checked, in this order
launch-no-checks = Nothing was checked.
outcome-passed = Fine
outcome-failed = Failed

step-login = Login
step-launch = Launch
step-continue = New window
step-register = Registration
binding-cookie = its cookie
binding-storage = what its platform kept for it
binding-origin = the platform’s own page
binding-window = a press in a new window
binding-none = nothing

check-state = The login is one of ours
check-state-age = The login is not too old
check-browser = The browser is the one that began the login
check-key-set = The platform’s key set could be read
check-shape = The token is a signed token
check-algorithm = It is signed by the algorithm of this connection and names its key
check-key = The platform’s key set has that key
check-signature = The signature is the platform’s
check-claims = The claims can be read
check-issuer = The issuer is the registered one
check-audience = It is meant for us
check-expiry = It has not expired
check-issued = It was issued just now
check-nonce = It answers this very login
check-version = It is LTI 1.3.0
check-message-type = The message is one we know
check-deployment = It names its deployment
check-deployment-known = The deployment is approved
check-subject = It says who is launching
check-roles = It says the roles
check-target = The target link is an address of ours
check-context = The course can be told apart
check-resource-link = It names its resource link
check-deep-linking-settings = It says what can be picked
check-for-user = It says whose submission is meant
check-data = What the request carried came back unchanged
check-content-items = What was picked can be read
check-form = It is a form signed by OAuth 1.0
check-launched-address = It arrived under this address
check-consumer = The consumer key is one we know
check-timestamp = It was signed just now
check-form-signature = The signature belongs to this form and to the shared secret
check-form-version = It is LTI 1.1
check-nonce-unused = It is used for the first time
check-account = It is somebody who is known already
check-installation = It comes from the same installation as before
check-posting-page = The page that sent it is the platform’s

### Administration: keys

## The audit log

audit-lead = Who did what: administrators, people in courses, and Lanterna itself. Entries are added with the act and never changed.
audit-caption = Entries, newest first
audit-when = When
audit-who = Who
audit-what = What
audit-to = To what
audit-show = Show
audit-all = Show everything
audit-of = Only what { $name } did.
audit-group = About
audit-group-any = Everything
audit-group-access = Coming into administration
audit-group-connections = Connections
audit-group-keys = Signing keys
audit-group-sharing = Who sees which media
audit-group-courses = Media in courses
audit-group-tools = External tools
audit-group-removal = What was removed for good
audit-group-people = People’s data
audit-file = Save as CSV
audit-none = Nothing was done yet
audit-none-fit = Nothing like that was done
audit-look-further = Nothing like that among the entries looked at so far. “Show more” looks further back.
audit-lanterna = Lanterna itself
audit-machine = Somebody at the server’s command line
audit-person = Person { $id }
audit-person-removed = Somebody who was removed ({ $id })
audit-part-connection = Connection
audit-part-deployment = Deployment
audit-part-key = Key
audit-part-item = Item
audit-part-placement = Placement
audit-part-course = Course
audit-part-person = Person
audit-part-tool = Tool
audit-part-visibility = Visibility
audited-signed-in = Signed in
audited-claim-issued = Made a sign-in link
audited-claimed = Set the name and password by the sign-in link
audited-invited = Invited an LMS to register
audited-invitation-revoked = Revoked an invitation
audited-registered = An invited LMS registered
audited-registration-changed = A connection registered anew
audited-registration-proposed = A connection sent another registration, which waits
audited-registration-accepted = Accepted another registration
audited-registration-discarded = Discarded another registration
audited-connection-made = Made a connection
audited-connection-changed = Changed the settings of a connection
audited-connection-moved = Gave a connection other addresses
audited-connection-enabled = Switched a connection on
audited-connection-disabled = Switched a connection off
audited-connection-deleted = Deleted a connection
audited-secret-rotated = Made a new shared secret
audited-former-secret-ended = Ended a former shared secret
audited-deployment-approved = Approved a deployment
audited-deployment-blocked = Blocked a deployment
audited-installation-forgotten = Let the next installation in
audited-origin-forgotten = Forgot an origin
audited-key-announced = Announced a new key
audited-key-begun = A new key began to sign
audited-key-imported = Imported a key
audited-key-withdrawn = Withdrew a key
audited-shared = Shared an item with a person
audited-unshared = Ended sharing with a person
audited-visibility-changed = Changed who sees an item
audited-link-made = Made a link to an item
audited-link-revoked = Revoked a link to an item
audited-location-allowed = Gave an item away although it may tell where it was recorded
audited-location-withheld = Withheld an item because it may tell where it was recorded
audited-examined-again = Had a file examined again
audited-placed = Put an item into a course
audited-counting-decided = Decided how an activity counts
audited-grade-retried = Had a grade sent again
audited-grades-resent = Had all grades of a course sent again
audited-placement-revoked = Took an item out of a course
audited-course-claimed = Opened a copied course’s media
audited-course-claimed-by-history = A copied course’s media opened by its history
audited-copy-withdrawn = Withdrew an item from a copied course
audited-copy-allowed = Allowed an item in a copied course again
audited-tool-added = Added an external tool
audited-tool-changed = Changed an external tool
audited-tool-forbidden = Forbade an external tool
audited-tool-allowed = Allowed an external tool again
audited-tool-silenced = Ended what an external tool is told of people
audited-tool-shared = Let an external tool be told of people again
audited-tool-deleted = Deleted an external tool
audited-consent-given = Agreed to what an external tool is told
audited-consent-declined = Declined what an external tool asks for
audited-item-deleted = Deleted an item for good
audited-tool-handed-over = Handed over a tool of somebody who is erased
audited-item-handed-over = Handed over an item of somebody who is erased
audited-media-removed = Had the media of a deleted connection removed
audited-account-joined = Joined the LTI 1.1 account of a person
audited-course-joined = Joined the LTI 1.1 course
audited-person-looked-at = Looked at what a person watched
audited-person-exported = Had everything handed out that is kept about a person
audited-person-erased = Erased a person
audited-school-joined = Joined the school of an LTI 1.1 connection

admin-keys = Keys
keys-lead = Lanterna signs what it says with a private key; others check that with the public one. Changing the key now and then limits what a stolen one is good for.
keys-tool = As a tool
keys-tool-text = What your LMS checks: grades, rosters and picked media.
keys-platform = As a platform
keys-platform-text = What the practice course and external tools check.
keys-caption = Published keys
keys-kid = Key id
keys-made = Made
keys-state = State
keys-signing = Signs
keys-signing-since = since
keys-waiting = Announced
keys-waiting-from = signs from
keys-former = Kept
keys-former-until = published until
keys-age = Keys change by themselves after { $span }, as “rotate_after” in the configuration says.
keys-no-age = Keys change only here: “rotate_after” in the configuration is empty.
keys-new = Change the key
keys-new-text = A new key is made and published now. It signs from a week on, so that every platform that reads the keyset address has it by then; the former one stays published for another week. Nobody notices anything, except platforms that were given the key as text: there you paste the new one when it takes over.
keys-new-button = Make a new key
keys-pasted = Was the key pasted into an LMS as text?
keys-pasted-text = Then that LMS needs the new key from you when it takes over, or it will refuse grades, rosters and picked media. Switch it to the keyset address and you need never think of this again. The new key signs from
keys-pasted-link = Both keys as text
keys-begin = Let the new key sign now
keys-begin-text = Do this right after you pasted the new key into your LMS, or when somebody else may know the present one. A platform that keeps our keyset may refuse us until it reads it again, mostly within the hour.
keys-begin-button = Sign with the new key now
keys-cancel = Give up the new key
keys-cancel-text = The present key goes on signing. The new one is deleted.
keys-cancel-button = Delete the new key
keys-withdraw = Stop publishing the former key
keys-withdraw-text = Do this when somebody else may know it. What it signed in the last minutes is refused from now on.
keys-withdraw-button = Stop publishing it now
keys-import = Use a key of your own
keys-import-text = For whoever moves here from another system whose key is pasted in many places. It is announced like a new one.
keys-import-pem = Private key
keys-import-hint = RSA with at least 2048 bits, as PEM: it begins with “-----BEGIN PRIVATE KEY-----”. It is stored on this machine and never shown again.
keys-import-button = Import this key
keys-import-bad = This is no private RSA key of at least 2048 bits. Please paste the whole text, first and last line included; a key with a passphrase cannot be read.
keys-import-known = This key is here already. Please choose another one.
status-key-changes = A new signing key takes over soon
status-key-changes-text = Platforms that read the keyset address notice nothing. One that was given the key as text needs the new one from you.
status-key-changes-link = Look at the keys

### The launch doctor: a cause, and what to change

doctor-unknown-platform = A platform began a login under an issuer and a client id that no connection has.
doctor-unknown-platform-do = Compare both with the connection, letter by letter: a slash at the end makes another issuer. If this platform is new, connect it first.
doctor-ambiguous = Several connections have this issuer, and the login didn’t say its client id.
doctor-ambiguous-do = In the platform, enter the login address that belongs to its connection alone. It stands below, and on the page of the connection.
doctor-disabled = The connection is switched off.
doctor-disabled-do = Switch it on again on its page, if its people may come back.
doctor-incomplete = The connection has no usable address, or no secret any more.
doctor-incomplete-do = Complete it on its page, or in the configuration file if it comes from there.
doctor-unknown-consumer = The platform signed with a consumer key that no connection has.
doctor-unknown-consumer-do = Compare the key with the connection, letter by letter, without spaces before or after.
doctor-platform-refused = The platform ended the login itself, before it signed anything. Mostly the address of the tool isn’t the one that is registered there, the person’s sign-in there had ended, or the activity is hidden from them.
doctor-platform-refused-do = Compare these addresses in the platform with ours. “Seen” below has what the platform said.
doctor-target = The launch leads to an address that isn’t this Lanterna’s: another name for this server, http in place of https, or another tool.
doctor-target-do = Enter our addresses in the platform exactly as they stand here. If this Lanterna has another name, correct “public_url” in the configuration file.
doctor-keys-unreachable = We couldn’t fetch the platform’s key set, and without it no launch can be checked.
doctor-keys-unreachable-do = Open the key set’s address from this machine. If the platform is on the school’s own network, name its host in “trusted_hosts” below [outbound] in the configuration file; behind a firewall, allow this way out.
doctor-key-unknown = The platform signed with a key that isn’t in the key set that we fetched. Mostly the connection has the key set of another platform or a test system, or the platform changed its key and serves the old set from a cache.
doctor-key-unknown-do = Compare the key set’s address. We fetch the set again by ourselves, at most every half minute.
doctor-key-weak = The platform’s key has fewer than 2048 bits, or isn’t an RSA key that can be trusted.
doctor-key-weak-do = Let the platform make a new key of at least 2048 bits. Until then nobody can come in by it.
doctor-signature = The key has the right name, yet the signature isn’t made by it. Two platforms, such as a copy for tests, share a key’s name; or something changed the launch on its way.
doctor-signature-do = Compare the key set’s address with that of the very platform that launches.
doctor-token-header = The token isn’t signed as LTI 1.3 and the connection say: by the one algorithm that is set for it, with the name of its key.
doctor-token-header-do = Compare the algorithm that the platform uses for this tool with “Signature algorithm” on the page of the connection (“algorithm” in the configuration file), and make them the same. Nearly all platforms use RS256. If the key has no name, update the platform.
doctor-issuer = The token names another issuer than the connection. The platform’s address was changed, or it writes itself with another name, http or a slash more.
doctor-issuer-do = Give the connection the issuer exactly as the platform sends it.
doctor-audience = The token is meant for another client id than that of the connection: the tool was set up again in the platform, or its connection is confused with another.
doctor-audience-do = Give the connection the client id that the platform shows for this tool.
doctor-late = The launch arrived later than it may. Either the clocks differ, or the page waited open for a while before it was sent on.
doctor-late-do = If it happens each time, set the clocks: both machines should get their time from the network (NTP). If it happened once, opening the activity again is enough.
doctor-early = The launch says that it was made in the future: the platform’s clock is ahead of ours.
doctor-early-do = Set the clocks: both machines should get their time from the network (NTP). “clock_leeway” in the configuration file allows for up to 5 minutes, for every connection with LTI 1.3.
doctor-form-late = The launch arrived later than this connection allows. Either the clocks differ, or the page waited open for a while before it was sent on.
doctor-form-late-do = If it happens each time, set the clocks: both machines should get their time from the network (NTP). Until then, raise “How far its clock may differ, in minutes” on the page of the connection (“timestamp_window” in the configuration file). If it happened once, opening the activity again is enough.
doctor-form-early = The launch was signed in the future: the platform’s clock is further ahead of ours than this connection allows.
doctor-form-early-do = Set the clocks: both machines should get their time from the network (NTP). Until then, raise “How far its clock may differ, in minutes” on the page of the connection (“timestamp_window” in the configuration file).
doctor-login-slow = More than ten minutes passed between the login and the launch: somebody was asked for their password and took their time.
doctor-login-slow-do = Nothing needs to be changed. Opening the activity again is enough.
doctor-deployment-waiting = The platform launched from a deployment that nobody approved yet. All else was right.
doctor-deployment-waiting-do = Approve it if this is your school’s. With several institutions on one platform, each has its own deployment id.
doctor-deployment-blocked = The deployment was blocked by an administrator.
doctor-deployment-blocked-do = Approve it again on the page of the connection if its people may come back.
doctor-guid = The launch is signed rightly, but comes from another installation of the platform than before: it was moved or copied, or its id was changed.
doctor-guid-do = If it was moved, let the connection forget the former installation, on its page (“guid” in the configuration file). If this is a copy for tests, give it a key and a secret of its own.
doctor-state-lost = The launch doesn’t belong to a login that began here. It was sent again from an old page, began at another server, or the login began before this Lanterna’s keys were restored from a backup.
doctor-state-lost-do = Opening the activity again should be enough. If not, compare the login address in the platform with ours.
doctor-repeated = The same launch came twice: somebody reloaded the page or went back to it. Once is enough for it, and nobody else can use it.
doctor-repeated-do = Nothing needs to be changed. If it happens each time, something sends launches twice: a proxy, an extension of the browser, or clocks that are set back.
doctor-foreign-ticket = A page of another site tried to open a session in a new tab.
doctor-foreign-ticket-do = Nothing needs to be changed. Activities open from the course.
doctor-other-browser = The browser that sent the launch isn’t the one that began the login, though it keeps our cookies. Mostly two logins ran at once, or a link was passed on.
doctor-other-browser-do = Opening the activity again should be enough.
doctor-foreign-origin = A page sent the launch whose address isn’t known for this platform.
doctor-foreign-origin-do = If the address below is one of your platform’s own, add it to “Further addresses that show Lanterna” on the page of the connection (“origins” in the configuration file). Then launches from it also need no press in a new window.
doctor-cookies = The browser keeps no cookies for this site, not even on a page of its own, and gave us no other way to recognise it.
doctor-cookies-do = Allow cookies for this address in the browser. In frames Lanterna manages without them; on pages of their own a launch needs one.
doctor-form-signature = The signature doesn’t fit. Either the two secrets differ, or the platform signed another address than the one under which the launch arrived: behind a proxy that is mostly http in place of https, or another host name.
doctor-form-signature-do = Enter the secret anew on both sides. Then compare the address that the platform launches with the one below, letter by letter: it is the one that was launched, with the name from “public_url” in the configuration file.
doctor-query = The address that the platform launches has a query, and the platform didn’t sign it. Anybody could change it.
doctor-query-do = Take the part from the question mark on out of the address. If the platform needs it, choose “It leaves the query out of what it signs” on the page of the connection (“body_only_signatures” in the configuration file); the query is thrown away then.
doctor-account = The connection lets only people in who are known already, and this one was never launched by it and is on no roster that was synced.
doctor-account-do = If they are to come in, sync the roster of their course, or switch “Only people who are known already come in” off on the page of the connection (“known_people_only” in the configuration file).
doctor-migration = The launch names who the person was under LTI 1.1, and doesn’t prove it. Either the secret of the former LTI 1.1 connection differs in the platform and here, or the launch comes from another installation than that connection is bound to. To go on would have given the person a second account.
doctor-migration-do = Compare the consumer key and the secret of LTI 1.1 that the platform still keeps with the former connection, not with this one. If the platform was moved, let the former connection forget its installation, on its page.
doctor-form-oauth = The form isn’t signed as LTI 1.1 says: by OAuth 1.0 with HMAC-SHA1 or HMAC-SHA256.
doctor-form-oauth-do = Change this in the platform. There is nothing to change here.
doctor-message = The platform launched something that Lanterna doesn’t offer at this place.
doctor-message-do = In the platform, switch off the placements and messages that the set-up page doesn’t name.
doctor-review = Somebody opened another person’s submission. Only they themselves and the staff of the course may see it.
doctor-review-do = Mostly nothing needs to be changed. If the person teaches there, look at which role the platform sends: one of its own making can be named under “Roles that count as something else” on the page of the connection (“role_overrides” in the configuration file).
doctor-version = The launch is of another version of LTI than the connection.
doctor-version-do = Set the tool in the platform to LTI 1.3, or to LTI 1.1 with a key and a secret.
doctor-subject = The platform launched without saying who. It was opened as a guest, or the platform keeps user ids back.
doctor-subject-do = Let the platform send the user id. Names and email addresses aren’t needed. If guests are to come in, choose “Let people in without a name or id” on the page of the connection (“anonymous” in the configuration file).
doctor-parameter = A parameter is missing, stands there twice or is too long. “Seen” below names it.
doctor-parameter-do = If a person opened this address by hand, nothing needs to be changed. Otherwise a proxy or a plug-in changes what the platform sends.
doctor-token = What arrived as a token is none, or is far larger than any launch.
doctor-token-do = Look whether a proxy or a firewall changes or cuts off what is posted.
doctor-claim = The token leaves out something that LTI 1.3 demands, or has it in a form that can’t be read. “Seen” below names it.
doctor-claim-do = Update the platform, or tell its maker. There is nothing to change here.
doctor-answer = What came back from picking media isn’t the answer to what was asked.
doctor-answer-do = Picking once more should be enough.
doctor-too-many = More launches arrived from this connection in a short time than a whole school sends.
doctor-too-many-do = Mostly this passes by itself. If not, somebody tests with a program.
doctor-registration-invitation = Somebody opened the address of an invitation that was used, revoked or is older than seven days, or copied only a part of it.
doctor-registration-invitation-do = Make a new invitation under “Connect an LMS”, and paste its address into the LMS.
doctor-registration-again = The page of the registration was open for too long, or its button was pressed twice at once.
doctor-registration-again-do = Look under “Connections” whether the LMS is there by now. If not, begin again in the LMS with the same address.
doctor-registration-gone = While the registration was under way, its invitation was revoked, or the connection that it was to change was deleted.
doctor-registration-gone-do = If you still want to connect the LMS, make a new invitation. If the LMS lists Lanterna already, delete it there first.
doctor-registration-exists = The LMS registered Lanterna under a client id that a connection here has already.
doctor-registration-exists-do = To give that connection new addresses, make an invitation that changes it. Otherwise delete Lanterna in the LMS and begin again there.
doctor-registration-not-kept = The LMS registered Lanterna, but it couldn’t be stored here.
doctor-registration-not-kept-do = Look into the log of this server: mostly its disk is full. Then delete Lanterna in the LMS and begin again there with the same address.
doctor-registration-address = The LMS named an address that can’t be its own: no web address, one of this machine or of its cloud, or one of Lanterna’s.
doctor-registration-address-do = Correct the address of the LMS in its own settings, then begin again there.
doctor-registration-trusted = The LMS isn’t reached over https, or is on a private network. Lanterna asks such hosts only if its configuration names them.
doctor-registration-trusted-do = If this is your school’s LMS, add its host to “trusted_hosts” below [outbound] in the configuration file (with http:// before it, if it has no https), restart Lanterna and begin again in the LMS.
doctor-registration-redirect = The LMS sent us on to another address, and redirects are never followed. Mostly it was opened by an address that isn’t its main one.
doctor-registration-redirect-do = Open the LMS by the address in its own settings, and begin again there.
doctor-registration-unreachable = We couldn’t reach the LMS: its name isn’t known here, a firewall is in between, or its certificate isn’t trusted. “Seen” below says which.
doctor-registration-unreachable-do = Open the address of the LMS from this machine. When that works, begin again in the LMS.
doctor-registration-unreadable = The LMS was reached, but didn’t say what it is. Mostly its registration token had expired, or a sign-in page or a maintenance notice stands in front of it.
doctor-registration-unreadable-do = Begin again in the LMS with the same address. If it happens again, connect it by copying values, under “Connections”.
doctor-registration-issuer = The issuer that the LMS names isn’t on its own host, or is one that many schools share while the addresses aren’t. Otherwise anybody could register in another’s name.
doctor-registration-issuer-do = Open the LMS by the address in its own settings and begin again. If the two really differ, and you know why, allow it when you make the invitation.
doctor-registration-refused = The LMS refused to register Lanterna, or answered without a client id. “Seen” below has what it said.
doctor-registration-refused-do = Look whether an administrator of the LMS must allow registrations. The invitation is still good; or connect the LMS by copying values, under “Connections”.
doctor-never-opened = Everything was right, and a session waits. But the browser never asked for its page.
doctor-never-opened-do = Mostly the platform’s page may not show us: the platform’s own address isn’t among “Further addresses that show Lanterna” on the page of the connection (“origins” in the configuration file), a security header of the platform or its theme forbids frames of this address, or an extension of the browser blocks them. Let somebody open the activity in a new window; if that works, it is the frame.
doctor-by-window = This browser blocks cookies in frames and offered no other way, so a press in a new window was needed.
doctor-by-window-do = It worked. Where the platform can open the activity in a new window from the start, people are spared the press.
doctor-logins-lost = Most logins of this connection never come back
doctor-logins-lost-text = Lanterna sent the browser to the platform, and the platform kept it. It shows its own error then, which we don’t see: mostly the redirect address isn’t registered there, or the login goes to the wrong address.

doctor-cause = What probably happened
doctor-change = What to do
doctor-where = Where in { $product }
doctor-where-other = Where in the platform
doctor-path =
    { $family ->
        [moodle] Site administration → Plugins → Activity modules → External tool → Manage tools, then the gear of this tool; what Moodle gives back is behind its list icon
        [canvas] Admin → Developer Keys, then the pencil of this key; its number in the column “Details” is the client id, and the deployment id is in the menu of the app under Settings → Apps
        [blackboard] Administrator Panel → LTI Tool Providers, then this tool; our addresses are at developer.blackboard.com
        [brightspace] Admin Tools → Manage Extensibility → LTI Advantage, then this tool; deployment ids are under “View Deployments”
        [sakai] Administration Workspace → External Tools, then this tool
        [schoology] App Center → My Developer Apps, then the options of this app
        [openedx] Studio, then the unit, its LTI component and “Edit”
       *[other] Look for the form in which this tool was set up.
    }
doctor-path-of-old =
    { $family ->
        [moodle] Site administration → Plugins → Activity modules → External tool → Manage tools, then the gear of this tool
        [canvas] Settings → Apps → View App Configurations, in the account or the course, then the gear of this app
        [blackboard] Administrator Panel → LTI Tool Providers, then this provider
        [brightspace] Admin Tools → External Learning Tools, then this tool or its provider
        [sakai] Administration Workspace → External Tools, then this tool
        [schoology] Tools → School Management → Integration → External Tools, then this provider
        [openedx] Studio → Settings → Advanced Settings for key and secret; the address is in the LTI component
       *[other] Look for the form in which this tool was set up with its key and secret.
    }
doctor-place-login =
    { $family ->
        [canvas] OpenID Connect Initiation Url
       *[other] Login initiation URL
    }
doctor-place-tool = Target Link URI
doctor-place-tool-of-old =
    { $family ->
        [moodle] Tool URL
        [openedx] LTI URL
       *[other] Launch URL
    }
doctor-place-key =
    { $family ->
        [brightspace] Key
        [blackboard] Tool Provider Key
        [sakai] Launch Key
        [openedx] LTI Passports, the middle part
       *[other] Consumer key
    }
doctor-place-secret =
    { $family ->
        [brightspace] Secret
        [blackboard] Tool Provider Secret
        [sakai] Launch Secret
        [openedx] LTI Passports, the last part
       *[other] Shared secret
    }
doctor-place-privacy =
    { $family ->
        [moodle] Privacy
        [canvas] Privacy Level
        [sakai] Send User Names to External Tool
       *[other] Privacy, or what is sent of people
    }

kind-connection = Connection unknown or incomplete
kind-address = Wrong address
kind-signature = Keys and signatures
kind-time = Clocks and time
kind-installation = Deployment or installation
kind-browser = Browser and cookies
kind-message = What the platform sent
kind-platform = Platform unreachable or refusing

launch-parameters = Parameters of the form, without their values
launch-person = Person
launch-person-page = What is kept about this person
launch-person-others = Other launches of this person
launch-connection-others = Other launches of this connection
launch-expected = Expected
launch-approve = Approve this deployment
launch-approved-already = It is approved by now. The next launch gets in.
launch-keys = Our copy of the key set
launch-keys-of = { $number ->
        [one] One key
       *[other] { $number } keys
    }, fetched from
launch-keys-none = Never fetched yet
launch-key-names = Their names
launch-clock = The platform’s clock
launch-clock-same = As ours, to a few seconds, when it last answered us
launch-clock-ahead = { $span } ahead of ours when it last answered us
launch-clock-behind = { $span } behind ours when it last answered us
launch-clock-unknown = Unknown: it answered nothing yet
launch-unopened = Opened, but its page was never asked for
clock-span = { $hours ->
        [0] { $minutes ->
            [0] { $seconds } s
           *[other] { $minutes } min { $seconds } s
        }
       *[other] { $hours } h { $minutes } min
    }

launches-kind = Kind of problem
launches-kind-any = Any
launches-outcome-any = All
launches-connection-any = All
launches-since = Since
launches-since-any = The beginning
launches-since-hour = An hour ago
launches-since-day = Yesterday, this time
launches-since-week = A week ago
launches-show = Show
launches-all = Show everything
launches-of-person = Launches of one person
launches-none-fit = Nothing fits.
launches-look-further = Nothing on this page fits. Older entries may.
launches-kept = Kept for { $span }; of refused ones the latest { $number }.
launches-find-title = Somebody was shown a reference?

### Problems of requests

problem-key-waiting = A new key is announced already.
problem-key-waiting-next = Let it sign first, or give it up, on the page of the keys.

problem-not-a-form = This form arrived in a way we can’t read.
problem-not-a-form-next = Go back and send it once more. If you are a program: send application/x-www-form-urlencoded.
problem-foreign-form = This form doesn’t belong to your session any more.
problem-foreign-form-next = Go back to the page, reload it, and try again.
problem-claim-invalid = This link doesn’t work any more.
problem-claim-invalid-next = It was used, replaced by a newer one, or is older than a day. Run “lanterna admin” on the machine for a new one.
problem-launch-by-get = A launch can’t be opened by its address alone.
problem-launch-by-get-next = Open the activity from your course once more. It brings along what this page needs.

### Problems of logins and launches

problem-missing-parameter = The platform left something out that is needed here.
problem-missing-parameter-next = Open the activity from your course once more. If it happens again, your administrator finds the missing part in the launch log.
problem-repeated-parameter = The platform sent one thing twice, and not the same.
problem-repeated-parameter-next = Tell your administrator: the launch log names the parameter.
problem-parameter-too-long = The platform sent something longer than any platform does.
problem-parameter-too-long-next = Tell your administrator: the launch log names the parameter.
problem-unknown-registration = This platform isn’t connected to Lanterna.
problem-unknown-registration-next = Your administrator can connect it: the issuer and the client id on the page of the connection must be exactly those of the platform.
problem-ambiguous-registration = Several connections share this platform’s issuer, and the login doesn’t say which one is meant.
problem-ambiguous-registration-next = Your administrator can give the platform the login address of its own connection: /lti/login/ followed by the connection’s number.
problem-connection-disabled = This connection is switched off.
problem-connection-disabled-next = Your administrator can switch it on again.
problem-bad-registration = This connection isn’t set up completely.
problem-bad-registration-next = Your administrator should check its addresses on the page of the connection.
problem-platform-refused = Your platform didn’t let you through.
problem-platform-refused-next = Sign in to your platform again and open the activity once more. The launch log has what the platform said.
problem-unknown-state = This launch doesn’t belong to a login that began here.
problem-unknown-state-next = Open the activity from your course once more.
problem-state-expired = Signing in took too long.
problem-state-expired-next = Open the activity from your course once more.
problem-state-used = This launch was used already.
problem-state-used-next = Open the activity from your course once more; going back or reloading can’t repeat a launch.
problem-ticket-used = This window was opened already, or too late.
problem-ticket-used-next = Open the activity from your course once more.
problem-ticket-foreign = Another page sent you here.
problem-ticket-foreign-next = Open the activity from your course instead.
problem-other-browser = This login began in another browser or tab.
problem-other-browser-next = Open the activity from your course once more, in this browser.
problem-foreign-origin = This launch was sent by a page that isn’t your platform’s.
problem-foreign-origin-next = Open the activity from your course. If you did, your administrator can add the address of your platform’s pages to the connection’s origins.
problem-no-cookie-at-top-level = Your browser keeps no cookies for this site.
problem-no-cookie-at-top-level-next = Allow cookies for this site in your browser’s settings, then open the activity from your course once more.
problem-no-cookie-unknown-place = Your browser keeps no cookies for this site.
problem-no-cookie-unknown-place-next = Allow cookies for this site, or use a newer browser, then open the activity from your course once more.
problem-platform-keys-unavailable = We can’t reach your platform to check this launch.
problem-platform-keys-unavailable-next = Please try again in a minute. If it goes on, your administrator should check the key set address of the connection.
problem-deployment-waiting = Your administrator hasn’t approved this installation yet.
problem-deployment-waiting-next = It waits in administration, on the page of its connection, to be approved with one press.
problem-of-the-file = This comes from the configuration file
problem-of-the-file-next = Change it there, then restart Lanterna.
problem-deployment-blocked = Your administrator has blocked this installation.
problem-deployment-blocked-next = It can be approved again in administration, on the page of its connection.
problem-malformed-authorization = The platform sent an Authorization header that can’t be read.
problem-malformed-authorization-next = Tell your administrator: it must be a list of OAuth parameters.
problem-wrong-oauth-version = The launch is signed by another version of OAuth than 1.0.
problem-wrong-oauth-version-next = Your administrator should set the platform to sign with OAuth 1.0.
problem-unsupported-signature-method = The launch isn’t signed in a way that is taken here.
problem-unsupported-signature-method-next = Your administrator should set the platform to sign with HMAC-SHA1 or HMAC-SHA256.
problem-malformed-timestamp = The launch doesn’t say when it was signed.
problem-malformed-timestamp-next = Tell your administrator: the timestamp must be a number of seconds.
problem-timestamp-old = The launch is too old.
problem-timestamp-old-next = Open the activity once more. If it happens each time, the clocks of the platform and of this server differ: the launch log says by how much.
problem-timestamp-in-future = The launch was signed in the future.
problem-timestamp-in-future-next = The clocks of the platform and of this server differ: the launch log says by how much.
problem-unknown-consumer = This consumer key isn’t known here.
problem-unknown-consumer-next = Your administrator should compare the key on the page of the connection with the platform’s, letter by letter.
problem-wrong-oauth-signature = The launch isn’t signed with the secret that we know.
problem-wrong-oauth-signature-next = Your administrator should compare the secret that the platform has with the connection’s, or make a new one on the page of the connection, and compare the address that the platform launches with the one in the launch log.
problem-query-not-signed = The address of this launch has a part that the platform didn’t sign.
problem-query-not-signed-next = Open the activity from your course once more. If this platform never signs that part, your administrator can choose “It leaves the query out of what it signs” on the page of the connection (“body_only_signatures” in the configuration file).
problem-nonce-used = This launch was used already.
problem-nonce-used-next = Open the activity from your course once more; going back or reloading can’t repeat a launch.
problem-no-account = You have no account here yet.
problem-no-account-next = Only people who are known here already can come in from this place. Please ask your teacher or your administrator to add you.
problem-guid-mismatch = This launch comes from another installation of the platform than before.
problem-guid-mismatch-next = If the platform was moved, your administrator can let Lanterna forget the old installation, on the page of the connection.
problem-wrong-form-version = The launch has another LTI version than 1.1.
problem-wrong-form-version-next = Your administrator should set the platform to LTI 1.1, or connect it by LTI 1.3.
problem-token-too-large = The launch is larger than any launch should be.
problem-token-too-large-next = Tell your administrator: the platform sends too much along.
problem-token-malformed = The launch can’t be read.
problem-token-malformed-next = Open the activity once more. If it happens again, tell your administrator.
problem-wrong-algorithm = The launch isn’t signed in the way that is required.
problem-wrong-algorithm-next = Your administrator should set the platform to sign with RS256, or choose in Lanterna, on the page of the connection, the algorithm that the platform uses.
problem-critical-header = The launch demands something that we don’t know.
problem-critical-header-next = Tell your administrator: the token’s header has a “crit”.
problem-missing-key-id = The launch doesn’t say which key signed it.
problem-missing-key-id-next = Tell your administrator: the token’s header needs a “kid”.
problem-unknown-key = The launch was signed with a key that the platform doesn’t publish.
problem-unknown-key-next = Please try again in a minute. If it goes on, your administrator should check the key set address of the connection.
problem-weak-key = The platform’s key is too weak to be trusted.
problem-weak-key-next = Your administrator should give the platform an RSA key of at least 2048 bits.
problem-wrong-signature = The launch isn’t signed by your platform.
problem-wrong-signature-next = Open the activity from your course once more. If it goes on, your administrator should check the key set address of the connection.
problem-wrong-issuer = The launch comes from another platform than the login.
problem-wrong-issuer-next = Your administrator should compare the issuer on the page of the connection with the platform’s, letter by letter.
problem-wrong-audience = The launch is meant for another tool.
problem-wrong-audience-next = Your administrator should compare the client id on the page of the connection with the platform’s.
problem-untrusted-audience = The launch is also meant for somebody we don’t know.
problem-untrusted-audience-next = Tell your administrator: the token names several audiences.
problem-missing-authorized-party = The launch is meant for several tools and doesn’t say which of them asked.
problem-missing-authorized-party-next = Tell your administrator: the token needs an “azp”.
problem-wrong-authorized-party = The launch was asked for by another tool.
problem-wrong-authorized-party-next = Your administrator should compare the client id on the page of the connection with the platform’s.
problem-missing-expiry = The launch doesn’t say how long it is valid.
problem-missing-expiry-next = Tell your administrator: the token needs an “exp”.
problem-token-expired = The launch has expired.
problem-token-expired-next = Open the activity once more. If it happens each time, the clocks of the platform and of this server differ: the launch log says by how much.
problem-token-not-yet-valid = The launch isn’t valid yet.
problem-token-not-yet-valid-next = The clocks of the platform and of this server differ: the launch log says by how much.
problem-missing-issued-at = The launch doesn’t say when it was made.
problem-missing-issued-at-next = Tell your administrator: the token needs an “iat”.
problem-issued-in-future = The launch was made in the future.
problem-issued-in-future-next = The clocks of the platform and of this server differ: the launch log says by how much.
problem-issued-long-ago = The launch is too old.
problem-issued-long-ago-next = Open the activity once more. If it happens each time, the clocks of the platform and of this server differ: the launch log says by how much.
problem-missing-nonce = The launch doesn’t say which login it answers.
problem-missing-nonce-next = Tell your administrator: the token needs a “nonce”.
problem-nonce-mismatch = The launch answers another login.
problem-nonce-mismatch-next = Open the activity from your course once more.
problem-missing-subject = The launch doesn’t say who you are.
problem-missing-subject-next = Your administrator should let the platform send a user id; no name or email is needed.
problem-missing-version = The launch doesn’t say its LTI version.
problem-missing-version-next = Tell your administrator: the token needs the LTI version 1.3.0.
problem-wrong-version = The launch has another LTI version than 1.3.0.
problem-wrong-version-next = Your administrator should set the platform to LTI 1.3.
problem-missing-message-type = The launch doesn’t say what it is for.
problem-missing-message-type-next = Tell your administrator: the token needs an LTI message type.
problem-unknown-message-type = The launch is of a kind that we don’t know.
problem-unknown-message-type-next = Open an ordinary activity of your course instead.
problem-missing-deployment = The launch doesn’t say which installation it comes from.
problem-missing-deployment-next = Tell your administrator: the token needs a deployment id.
problem-missing-roles = The launch doesn’t say what you are in the course.
problem-missing-roles-next = Tell your administrator: the token needs the list of roles, be it empty.
problem-missing-target = The launch doesn’t say where it leads.
problem-missing-target-next = Tell your administrator: the token needs a target link.
problem-foreign-target = The launch leads to another site.
problem-foreign-target-next = Your administrator should set the tool’s addresses in the platform to those on Lanterna’s front page.
problem-missing-resource-link = The launch doesn’t say which activity was opened.
problem-missing-resource-link-next = Tell your administrator: the token needs a resource link with an id.
problem-missing-settings = The launch doesn’t say what can be picked.
problem-missing-settings-next = Tell your administrator: the deep linking settings are not complete.
problem-wrong-deployment = What was picked is for another installation than the one that asked.
problem-wrong-deployment-next = Tell your administrator: the answer must name the deployment of the request.
problem-data-not-returned = What was picked doesn’t belong to this request.
problem-data-not-returned-next = Start picking again. If it stays this way, tell your administrator: the answer must return the request’s data unchanged.
problem-missing-for-user = The launch doesn’t say whose submission is meant.
problem-missing-for-user-next = Tell your administrator: the token needs the user of the submission.
problem-invalid-claim = Something in the launch isn’t as it must be.
problem-invalid-claim-next = Tell your administrator: the launch log names what.

### The practice course

platform-continue-title = One moment
platform-continue-text = The next page opens by itself. If it doesn’t, choose Continue.
platform-continue = Continue

practice-course-title = Discovering light
practice-link-title = Our media library
practice-lead = This is a small LMS inside Lanterna, with a course and a few people. Whatever you do here, Lanterna is launched, asked and answered just as your own LMS will do it, by LTI 1.3 and by LTI 1.1.
practice-people = Who would you like to be?
practice-about-teacher = Teaches physics. She uploads what the class is to watch, and shows it to the course.
practice-about-student = Is in the class. Linh sees what Ms Okafor shows, and keeps a few recordings private.
practice-about-classmate = Sits beside Linh. Be Mateo to make sure that private things stay private.
practice-open-as = Open as { $name }
practice-as = As { $name }
practice-overview = Overview
practice-next = After practising
practice-next-text = What you add here stays in this course: nobody from a real LMS ever sees it. An administrator can switch the practice course off in the configuration.
practice-registration = How Lanterna is registered here
practice-registration-text = Your own LMS asks for the same kind of facts.
practice-issuer = Issuer
practice-client = Client ID
practice-deployment = Deployment ID
practice-auth-url = Authentication endpoint
practice-token-url = Token endpoint
practice-jwks-url = Key set
practice-redirect-url = Redirect URI
practice-consumer = Practice course, LTI 1.1
practice-consumer-text = For LTI 1.1, which is older and simpler, an LMS asks for a key, a secret that both sides keep, and one address.
practice-key = Consumer key
practice-launch-url = Launch URL
practice-versions = How Lanterna is launched
practice-by-token = By LTI 1.3
practice-by-form = By LTI 1.1
practice-by-registered = By LTI 1.3, registered
practice-by-form-hint = To Lanterna each of these connections is a platform of its own: what was added through one isn’t there through the others.
practice-ways = How Lanterna knows this browser again
practice-way-cookies = By cookies
practice-way-cookies-text = As usual: the browser keeps a cookie from the login to the launch. If yours keeps none in a frame, Lanterna looks at which page sent the launch.
practice-way-storage = By platform storage
practice-way-storage-text = This page keeps what Lanterna would put in a cookie, as Canvas, Blackboard, Brightspace, Sakai and Schoology do. It doesn’t say where the launch comes from.
practice-way-origin = By the sending page
practice-way-origin-text = This page stores nothing, like Moodle. The browser tells Lanterna that the launch was sent from here, and that is enough.
practice-way-none = By nothing
practice-way-none-text = This page stores nothing and doesn’t say where the launch comes from. Nothing is left but to ask: Lanterna offers a window of its own.
practice-way-one-site = Here the practice course and Lanterna have one address, so the course takes Lanterna’s cookies away on the way, as browsers do that keep none in frames.
practice-way-own-site = The practice course has a site name of its own here, and can’t touch Lanterna’s cookies: if your browser keeps them in frames, they come first, whatever you choose.
practice-storage = Storage of the practice course
practice-storage-text = This frame stores for Lanterna while the page around it is open.
practice-frame = { $title }, in Lanterna
practice-window = Open in a new window

practice-tour = Try it in ten minutes
practice-tour-text = Each step shows one thing that teachers, students or administrators will do in your own LMS. Take them in any order, and again as often as you like.
practice-done = done
practice-step-upload = Upload a video as the teacher
practice-step-upload-text = Open the media library as Ms Okafor and upload something: a video, a recording, a picture, a PDF.
practice-step-pick = Add it to the course
practice-step-pick-text = “Add from the media library” opens Lanterna for picking, by deep linking. Pick one thing or several: each becomes an activity.
practice-step-form = Do the same by LTI 1.1
practice-step-form-text = Older LMSs pick by a content-item message. To Lanterna this is a platform of its own, so upload something there first.
practice-step-student = Open it as a student
practice-step-student-text = Be Linh and open the activities. Students can’t pick, rename or remove anything.
practice-step-copy = Copy the course
practice-step-copy-text = As Ms Okafor, copy the course as schools do each term, and open the copied activities as a student: they still work.
practice-step-roster = Hand over the roster
practice-step-roster-text = See who is in the course; then open “Course and people” in the media library as Ms Okafor and let Lanterna fetch the list.
practice-step-grade = Let watching count
practice-step-grade-text = Add something that counts towards the grade, watch it as Linh, and see the grade arrive here. Take the LMS down for a while: nothing is lost.
practice-step-register = Register Lanterna by its address
practice-step-register-text = Be the LMS administrator: paste one address, and both sides know each other.
practice-step-wire = Look at the messages
practice-step-wire-text = Everything that crossed between this LMS and Lanterna so far, decoded.
practice-courses = Courses
practice-copy-title = { $title }, copy { $number }
practice-start-over = Start over
practice-start-over-text = Takes away all activities, the copies of the course, the registration by address and the list of messages. What was uploaded stays in Lanterna’s library.
practice-activities = Activities
practice-activities-none = Nothing is here yet. Add something from the media library, as you would in your own LMS.
practice-activities-wait = Your teacher hasn’t added anything yet.
practice-roster = Participants
practice-roster-text = Everybody in this course is made up. Lanterna gets this list when a teacher opens or syncs “Course and people” in the media library, by the Names and Role Provisioning Services.
practice-roster-name = Name
practice-roster-role = Role
practice-roster-state = State
practice-active = Active
practice-inactive = Left the course
practice-preview = Test user
practice-gradebook = Gradebook
practice-gradebook-text = What Lanterna has reported to this LMS, by activity. It sends a grade by itself when somebody has watched enough.
practice-gradebook-own = Your grades in this course. Nobody but you and your teachers sees them.
practice-gradebook-empty = Nothing here counts yet
practice-gradebook-empty-text = Add something from the media library and say that it counts towards the grade. It then has a column here.
practice-gradebook-wait = Nothing in this course counts towards a grade yet.
practice-out-of = out of { $points }
practice-grades-of = Grades for { $title }
practice-grades-own = My grades
practice-grade-activity = Activity
practice-grade = Grade
practice-grade-via = Came by
practice-grade-when = When
practice-grade-none = None yet
practice-grade-pending = Not graded yet
practice-grade-cleared = Taken back
practice-points = { $points } of { $most }
practice-via-ags = Assignment and Grade Services
practice-via-outcomes = Basic Outcomes
practice-outage = When the LMS is down
practice-outage-off = Every LMS is away for a while now and then. Switch this one off, watch something as Linh, and switch it on again: the grade arrives late, but it arrives, and once.
practice-outage-on = This LMS now answers no service: no access tokens, no roster, no grades. Launches still work, so that you can go on watching. Lanterna keeps what it owes, and tries again.
practice-down = Take the LMS down
practice-up = Bring the LMS back up
practice-is-down = This LMS is down
practice-is-down-text = Launches work; its services answer nothing until it is up again.
practice-is-down-link = To the switch
practice-add = Add from the media library
practice-add-text = Pick one thing or several. Each becomes an activity of this course.
practice-added =
    { $number ->
        [one] One activity was added to the course
       *[other] { $number } activities were added to the course
    }
practice-picked-none = Nothing was added
practice-back = Back to the course
practice-untitled = Untitled
practice-way-token = LTI 1.3
practice-way-form = LTI 1.1
practice-way-registered = Registered
practice-score = Counts towards the grade: { $points } points
practice-change = Rename or remove
practice-rename-title = Title
practice-rename = Rename
practice-remove = Remove from the course
practice-copying = Copy this course
practice-copy-text = The copy is another course with other links to the same media, as when a school year begins. This LMS tells Lanterna where it was copied from.
practice-copy = Copy the course
practice-tools = Add a tool
practice-tools-lead = In an LMS an administrator adds Lanterna by pasting one address; the rest is dynamic registration. Try here what you will do there.
practice-tools-address = Registration address of the tool
practice-tools-address-hint = An invitation of this Lanterna, such as an administrator makes under Connections or by lanterna invite. It works once.
practice-tools-go = Add the tool
practice-tools-make = Make one for me
practice-tools-make-text = No invitation at hand? Here, and for this LMS alone, one can be made at once.
practice-tools-not-ours = This isn’t a registration address of this Lanterna, and no other tool can be launched here.
practice-tools-frame = The registration page of Lanterna
practice-tools-frame-text = Lanterna now shows what it wants to register, in its own page. When it is done, it closes that page by itself.
practice-tools-done = Done
practice-registered = Practice course, registered
practice-registered-now = Lanterna registered itself with this LMS
practice-registered-text = Lanterna has registered itself here. To Lanterna this is another connection, beside the one that is there from the start.
practice-registered-open = Open the course by this connection
practice-registered-remove = “Start over” on the overview removes it.

### What crossed between the practice course and Lanterna

wire-title = Messages
wire-lead = Every message that crossed between this small LMS and Lanterna, newest first, with its contents decoded.
wire-hint = Tokens, secrets and sealed values are left out: nothing here could be used again. The list is kept in memory only.
wire-empty = Nothing has crossed yet
wire-empty-text = Open the course as somebody: each launch leaves its messages here.
wire-empty-action = Open as Ms Okafor
wire-beside = Messages behind this page
wire-beside-text = What this LMS and Lanterna have just said to each other, newest first.
wire-all = All messages
wire-to-tool = LMS to Lanterna
wire-to-platform = Lanterna to LMS
wire-signed = Signed
wire-verified = Verified
wire-refused = Refused
wire-signature = Signature:
wire-hidden = (left out, { $length } characters)
wire-parameters = Parameters
wire-claims = Claims
wire-header = Header
wire-document = Contents
wire-login = Login initiation
wire-login-text = The LMS says that somebody wants to come in. It names itself and gives hints that only it can read; who comes is not told yet.
wire-authentication = Authentication request
wire-authentication-text = Lanterna asks the LMS to say who is there, with a nonce and a state of its own that must come back.
wire-denied = Refused authentication
wire-denied-text = The LMS answers that nobody comes in by this request.
wire-launch = Launch
wire-launch-text = The LMS answers with a signed token: who comes, in which role and course, and what is to be opened. Lanterna checks the signature, the nonce, the age and each claim.
wire-form-launch = Launch by LTI 1.1
wire-form-launch-text = One form, signed with the secret that both sides keep: who comes, in which role and course, and what is to be opened.
wire-deep-linking-request = Deep linking request
wire-deep-linking-request-text = A teacher wants to pick something. The settings say what this LMS takes back, and where to.
wire-deep-linking-response = Deep linking response
wire-deep-linking-response-text = What was picked, signed with Lanterna’s key. Each item carries the placement that lets students open it later.
wire-content-item-request = Content-item request
wire-content-item-request-text = The same by LTI 1.1: a teacher wants to pick something, and the form says what this LMS takes back.
wire-content-item-response = Content-item response
wire-content-item-response-text = What was picked, signed with the secret that both sides keep.
wire-token = Access token request
wire-token-text = Before Lanterna may use a service of the LMS it proves who it is, by an assertion signed with its key.
wire-token-answer = Access token
wire-token-answer-text = The LMS grants access to a service for a while. The token itself is left out here.
wire-roster = Roster request
wire-roster-text = Lanterna asks who is in the course, by the Names and Role Provisioning Services.
wire-roster-answer = Roster
wire-roster-answer-text = One page of the people in the course. A link in the header names the next page, when there is one.
wire-line-items = Line items asked for
wire-line-items-text = Lanterna asks which columns of the gradebook are its own, by the Assignment and Grade Services.
wire-line-items-answer = Line items
wire-line-items-answer-text = The columns that this LMS has for Lanterna, each with its maximum and the activity that it belongs to.
wire-line-item = Line item changed
wire-line-item-text = Lanterna makes, changes or removes a column of the gradebook.
wire-line-item-answer = Line item answer
wire-line-item-answer-text = What this LMS made of it.
wire-score = Score
wire-score-text = Lanterna reports how far somebody has come. Of two scores the one with the later timestamp counts.
wire-score-answer = Score answer
wire-score-answer-text = Whether this LMS took the score. Lanterna asks again later if it didn’t.
wire-results = Results asked for
wire-results-text = Lanterna asks what the gradebook makes of its scores.
wire-results-answer = Results
wire-results-answer-text = The grades as they stand in the gradebook.
wire-outcome = Basic Outcomes
wire-outcome-text = Lanterna reports a grade by LTI 1.1, as a part of 1, signed with the secret that both sides keep.
wire-outcome-answer = Basic Outcomes answer
wire-outcome-answer-text = Whether this LMS took the grade: by the code, not by the status.
wire-down = Call while the LMS is down
wire-down-text = Lanterna asks something of this LMS, which is switched off.
wire-down-answer = No service
wire-down-answer-text = The LMS is down: it answers 503, and Lanterna has to try again.
wire-configuration = Configuration of the LMS
wire-configuration-text = What this LMS says of itself: its addresses, its services, the messages and variables that it knows.
wire-registration = Registration
wire-registration-text = Lanterna says what it is, where its addresses and keys are, and what it would like to use.
wire-registration-answer = Registration answer
wire-registration-answer-text = The LMS gives Lanterna its client id and deployment.

problem-practice-request = The practice course couldn’t read this request
problem-practice-request-next = Go back to the practice course and open Lanterna from there again.

problem-practice-tool = The practice course doesn’t know who is asking
problem-practice-tool-next = It launches Lanterna at its configured address only. Open the practice course by that address and try again.

problem-practice-teachers = Only a teacher can change this course
problem-practice-teachers-next = Go back to the overview and open the course as Ms Okafor.

problem-practice-selection = The practice course didn’t take what came back
problem-practice-selection-next = It takes answers of this Lanterna to a selection that was begun here lately. Go back to the course and pick once more; the list of messages says what was wrong.

problem-practice-selection-used = This selection was taken already
problem-practice-selection-used-next = Go back to the course: what was picked is there. To add more, pick once more.

problem-practice-full = This course has as many activities as it can hold
problem-practice-full-next = Remove some of them, or start over on the overview.

problem-practice-courses = There are as many copies as there can be
problem-practice-courses-next = Start over on the overview to take them all away.

problem-practice-title = An activity needs a title
problem-practice-title-next = Go back and write one.

### Registering an LMS by an address

tool-description = A media library: teachers add videos, sound and documents to their courses, students press play.
tool-selection = Media from Lanterna
register-title = Connect { $product } to Lanterna
register-title-plain = Connect your LMS to Lanterna
register-lead = Please check that this is your LMS. Nothing is registered before you press the button.
register-lms = Your LMS
register-product = Product
register-account = Account
register-unknown = It doesn’t say
register-addresses = Its addresses
register-auth = Authentication
register-token = Access tokens
register-keys = Key set
register-endpoint = Registration
register-shared = Many schools share this issuer
register-shared-text = That is usual for this product. Its addresses are the ones that Lanterna knows.
register-any-issuer = The issuer may be on another host
register-any-issuer-text = Whoever made this invitation allowed it. Please look twice at the issuer and the addresses.
register-changes = This changes the connection “{ $name }”
register-changes-same = It is the same LMS as before, so the change holds at once. People, courses and media stay.
register-changes-moved = It may be another LMS than before, so an administrator of Lanterna is asked before the change holds. People, courses and media stay.
register-asks = What Lanterna asks for
register-people = People
register-people-name = Their names, but not their email addresses
register-people-email = Their names and email addresses, as configured here
register-selection = Picking media
register-selection-text = To be offered where teachers add content
register-selection-at = To be offered to teachers in { $places }
register-place-content = the list of course content
register-place-editor = the text editor
register-place-assignments = assignments
register-place-modules = modules
register-roster = Who is in a course
register-roster-text = The list of a course’s people and roles
register-grades = Grades
register-grades-text = To add columns to the gradebook and send scores
register-copies = Copied courses
register-copies-text = Which course one was copied from, so that its media go on working
register-not-offered = This LMS doesn’t offer it, and Lanterna does without
register-name = Name of this connection
register-named = Its name in Lanterna will be “{ $name }”, as its invitation says.
register-name-hint = As administrators of Lanterna see it.
register-press = Register
register-press-hint = It takes a moment. Afterwards this page closes by itself, or tells you what comes next.
register-done-title = Registered
register-done = “{ $name }” is connected
register-done-text = Your LMS and Lanterna know each other now.
register-waits = “{ $name }” waits for an administrator of Lanterna
register-waits-text = The registration may have come from another LMS than before. Until an administrator accepts it on the page of its connection, under “Connections”, everything stays as it was.
register-next = What comes next
register-next-moodle = In Moodle, press “Activate” on Lanterna’s card. Then, under “Edit”, choose whether it is shown in the activity chooser.
register-next-canvas = In Canvas, look through the placements and turn Lanterna on.
register-next-other = In your LMS, turn Lanterna on where it lists external tools.
register-next-approve = Open Lanterna once from a course. That first launch is kept waiting until an administrator of Lanterna approves the deployment under “Connections”.
register-next-open = From then on teachers find Lanterna where they add content.
register-close = You can close this window.
register-again = Try again
register-doubtful = Your LMS may have registered Lanterna all the same
register-doubtful-text = Please look at its list of external tools, and delete Lanterna there before you try again.
register-paste-title = This address is for your LMS
register-paste-lead = Don’t open it, paste it: your LMS then shows this page again, with everything to check, and registers Lanterna in under a minute.
register-where-moodle = Site administration › Plugins › Activity modules › External tool › Manage tools: paste it into “Tool URL” and press “Add LTI Advantage”.
register-where-canvas = Admin › Apps (or Developer Keys › LTI Registration): choose “Dynamic Registration” and paste it as the registration URL.
register-where-brightspace = Admin Tools › Manage Extensibility › LTI Advantage: “Register Tool”, “Dynamic”, and paste it as the registration endpoint.
register-where-sakai = Administration Workspace › External Tools: “LTI Advantage Auto Provision”, and paste it as the registration endpoint.
invitation-address = Address to paste
invitation-until = It works once, until
registration-host = Host
registration-member = Address
registration-seen = What happened
registration-line = Line for the configuration file, under [outbound]
registration-issuer-is = Issuer
registration-answered = Status
registration-said = What it said
registration-connection = Connection

problem-registration-invitation = This invitation isn’t valid any more
problem-registration-invitation-next = It was used, revoked or is older than seven days. An administrator of Lanterna makes a new one under “Connect an LMS”, or with “lanterna invite” on the machine. Paste the new address into your LMS.
problem-registration-busy = Somebody is registering with this invitation right now
problem-registration-busy-next = Please wait a minute. If it worked, your LMS lists Lanterna; if not, press the button once more.
problem-registration-stale = This page has been open for too long
problem-registration-stale-next = Please begin again in your LMS with the same address.
problem-registration-revoked = The invitation was revoked at this very moment
problem-registration-revoked-next = Nothing was connected here. If you still want to, ask an administrator of Lanterna for a new invitation.
problem-registration-exists = This LMS is connected already
problem-registration-exists-next = There is a connection with this client id at this LMS, and an invitation never changes one by the way. An administrator of Lanterna can make an invitation that changes that connection.
problem-registration-unknown = The connection that this invitation was to change is gone
problem-registration-unknown-next = An administrator of Lanterna can make an invitation for a new connection.
problem-registration-not-kept = Lanterna couldn’t save the registration
problem-registration-not-kept-next = Please tell an administrator of Lanterna, who will find the reason in the log. Then begin again in your LMS with the same address.
problem-registration-address = Your LMS named an address that can’t be used
problem-registration-address-next = Lanterna asks web addresses only, without a name or password in them. Please check the address of your LMS in its own settings.
problem-registration-token = The registration token of your LMS can’t be sent
problem-registration-token-next = Please begin again in your LMS with the same address.
problem-registration-plain-http = Your LMS isn’t reached over https
problem-registration-plain-http-next = Lanterna learns https addresses only. If the LMS is on your own network and can’t do https, add the line below to Lanterna’s configuration file, restart it, and begin again in your LMS.
problem-registration-private = Your LMS is inside a private network
problem-registration-private-next = Lanterna reaches such hosts only when its configuration names them. Add the line below to its configuration file, beside those that it may hold already, restart Lanterna, and begin again in your LMS.
problem-registration-never = Your LMS named an address that is never asked
problem-registration-never-next = Such addresses belong to the machine or to the cloud it runs in, not to an LMS. Please check the address of your LMS in its own settings.
problem-registration-unreachable = Lanterna couldn’t reach your LMS
problem-registration-unreachable-next = Please check that the machine Lanterna runs on can open the LMS’s address: DNS, firewall, certificate. Then try again.
problem-registration-redirect = Your LMS sent Lanterna on to another address
problem-registration-redirect-next = Lanterna never follows redirects. Open your LMS by its main address, the one in its own settings, and begin again there.
problem-registration-status = Your LMS didn’t say what it is
problem-registration-status-next = Perhaps its token has expired: please begin again in your LMS with the same address.
problem-registration-configuration = Your LMS answered with something that Lanterna can’t use
problem-registration-configuration-next = Something may stand in front of it, such as a sign-in page or a maintenance notice. You can also connect it by copying values: see “Connections” in administration.
problem-registration-not-its-own = Your LMS named an address that isn’t its own
problem-registration-not-its-own-next = One of its addresses leads back to Lanterna. Please check the LMS’s own settings.
problem-registration-issuer = The issuer isn’t on the host of your LMS
problem-registration-issuer-next = Otherwise anybody could register in another’s name. Open your LMS by the address in its own settings (its main address, with or without “www”) and begin again. If the two really differ, an administrator of Lanterna can allow it when making the invitation.
problem-registration-shared-issuer = This issuer belongs to a product that many schools share, but the addresses don’t
problem-registration-shared-issuer-next = Please check that you registered from your own LMS. If its addresses really differ, an administrator of Lanterna can allow it when making the invitation.
problem-registration-refused = Your LMS refused to register Lanterna
problem-registration-refused-next = What it said is below. The invitation is still good: please try again, or begin again in your LMS with the same address.
problem-registration-answer = Your LMS answered, but gave no client id that Lanterna can use
problem-registration-answer-next = You can connect it by copying values instead: see “Connections” in administration.

invitations-title = Invitations
invitations-connect = By an address to paste
invitations-lead = Moodle, Canvas, Brightspace and Sakai register Lanterna by themselves. Make an address and paste it there, or pass it on to whoever looks after the LMS. It works once, within { $days }.
invitations-more = Name, changing a connection, other options
invitations-name = Name of the connection
invitations-name-hint = Left empty, the LMS says what it is called.
invitations-updates = What it is for
invitations-updates-hint = An LMS that has moved or lost its registration keeps its people, courses and media when its connection is changed.
invitations-new = A new connection
invitations-any-issuer = Allow an issuer on another host than the LMS
invitations-any-issuer-hint = Only if registering was refused for this reason and you know why the two differ.
invitations-make = Make an address
invitations-made = Here is the address
invitations-made-text = It is shown only now: copy it before you leave this page.
invitations-where = Where do I paste it?
invitations-open = Open invitations, newest first
invitations-none = No invitation is open.
invitations-for = For
invitations-for-update = Changing “{ $name }”
invitations-by = Made by
invitations-machine = the command line
invitations-until = Until
invitations-change = Change
invitations-revoke = Revoke
invitations-too-many = There are a lot of open invitations
invitations-too-many-text = Please revoke some that are no longer needed.
moved-title = “{ $name }” wants to change its addresses
moved-text = Its LMS registered again, and may be another LMS than before. Accept this only if your LMS has really moved, or was registered anew: whoever is at the new addresses can then launch people into Lanterna. Until then everything stays as it was.
moved-what = Value
moved-before = Now
moved-after = New
moved-client = Client id
moved-audience = Token audience
moved-deployment = Approved deployment
moved-none = None
moved-caption = What differs
moved-accept = Accept the new addresses
moved-discard = Discard

problem-practice-invitations = There are too many open invitations
problem-practice-invitations-next = An administrator can revoke those that are no longer needed, under “Connections”, “Open invitations”.

# The course: its people, what is placed in it, its roster.

course-nav = Course and people
course-nav-student = In the course
course-title = Course and people
course-title-student = In the course
course-none = No course
course-none-text = You came here without a course. Open Lanterna from a course of your LMS to see its people.
course-people = People
course-people-staff-only = You see the course’s staff. Learners’ names are for its teachers.
course-people-find = Find people
course-people-find-name = Find by name
course-people-caption = People in the course
course-people-name = Name
course-people-role = Role
course-people-last = Last here
course-people-never = Not yet
course-people-nameless = Name not told
course-people-called = Called “{ $text }”
course-people-all = Called “{ $text }”: show everybody instead
course-people-none-called = Nobody here is called “{ $text }”.
course-people-empty = Nobody here yet
course-people-empty-text = Whoever opens Lanterna from this course appears here.
course-people-empty-sync = Sync with your LMS, and everyone in the course appears here.
course-placed = Placed in the course
course-placed-caption = What is placed in the course
course-placed-title = Title
course-placed-kind = Type
course-placed-since = Since
course-placed-from = From
course-placed-here = This course
course-placed-empty = Nothing is placed yet
course-placed-empty-staff = Open one of your media and choose “Use in a course”, or pick media while adding an activity in your LMS.
course-placed-empty-student = As soon as your teacher puts something into this course, you will find it here.

sync-press = Sync with the LMS
sync-runs = The list is being brought up to date
sync-runs-text = Your LMS is being asked who is in the course. In large courses that takes a minute.
sync-look = Look again
sync-done = The list is up to date
sync-paused = Your LMS was asked less than a minute ago, and is not asked again so soon.
sync-busy = Many courses are being synced just now. Please try again in a minute.
sync-no-roster = Your LMS did not tell where its roster is.
sync-last = Last synced with the LMS:
sync-never = Not synced with the LMS yet. The list shows who opened Lanterna from this course.
sync-untold = The list shows who opened Lanterna from this course. Your LMS does not offer its roster; an administrator can allow it there (“Names and Roles”).
sync-people = { $number ->
    [one] One person is on the roster.
   *[other] { $number } people are on the roster.
}
sync-nothing = Nothing changed.
sync-brought = Changes: { $changes }.
sync-added = { $number } added
sync-changed = { $number } changed
sync-removed = { $number } removed
sync-left-out = { $number } left out (student previews, entries without an id)
sync-failed-at = Last tried:
sync-failed-status = Answer of the LMS: { $status }
sync-failed-token-endpoint = The LMS could not be asked: it has no token address here
sync-failed-token-endpoint-next = Ask the administrator of this Lanterna to correct the token address of this connection.
sync-failed-token-refused = The LMS does not let Lanterna ask for the roster
sync-failed-token-refused-next = An administrator should check, for this connection, the client id, the token address, the token audience, and that the LMS can read Lanterna’s public keys.
sync-failed-token-none = The LMS answered without an access token
sync-failed-token-none-next = The token address of this connection may be another page. An administrator should compare it with what the LMS shows.
sync-failed-not-granted = The LMS does not offer its roster to Lanterna
sync-failed-not-granted-next = An administrator of the LMS can allow it: the setting is called “Names and Roles” or “Names and Role Provisioning”.
sync-failed-unreachable = The LMS could not be reached
sync-failed-unreachable-next = Please try again later. If it stays so, tell the administrator of this Lanterna: its log says why.
sync-failed-refused = The LMS does not give out this course’s roster
sync-failed-refused-next = An administrator of the LMS can allow it: the setting is called “Names and Roles” or “Names and Role Provisioning”.
sync-failed-gone = The LMS does not know this course’s roster any more
sync-failed-gone-next = Open Lanterna from the course once more, then sync again.
sync-failed-answer = The LMS could not give the roster
sync-failed-answer-next = Please try again later.
sync-failed-not-a-roster = What the LMS answered is no roster
sync-failed-not-a-roster-next = The LMS may be showing a sign-in or error page instead. An administrator of the LMS should have a look.
sync-failed-foreign = The roster goes on at another site
sync-failed-foreign-next = Lanterna follows it only on the LMS’s own site, since its key would go along. An administrator of the LMS should check its own web address.
sync-failed-other-course = What the LMS answered is not this course’s roster
sync-failed-other-course-next = With LTI 1.1 the address comes from the link, and this one leads to another course, or to a roster that names none. Correct the link’s custom parameters in the LMS.
sync-failed-endless = The roster does not end
sync-failed-endless-next = It has more than 20,000 people or its pages repeat. The list stays as it was.
sync-failed-slow = The LMS took too long
sync-failed-slow-next = Please try again later.
sync-failed-address = The roster’s address cannot be used
sync-failed-address-next = Open Lanterna from the course once more, then sync again.
sync-failed-moved = Your LMS has moved since it told where the roster is
sync-failed-moved-next = Open Lanterna from the course once more. In a minute you can sync again.
sync-failed-host = The roster’s address is not on a site of your LMS
sync-failed-host-next = With LTI 1.1 the address comes from the link, so only the LMS’s own sites are asked. An administrator can add the site to the connection.
sync-failed-empty = The roster is empty
sync-failed-empty-next = That can hardly be right, so the list stays as it was. Please try again later.
sync-failed-disabled = The connection with your LMS is switched off
sync-failed-disabled-next = Ask the administrator of this Lanterna.
sync-failed-here = The roster could not be stored
sync-failed-here-next = Please try again later. If it stays so, tell the administrator of this Lanterna.

problem-only-managers = Only teachers of this course can do that
problem-only-managers-next = Ask a teacher of the course, or open it in your LMS as a teacher.

# The way back to the platform, and submissions under review.

back-to = Back to the course:
back-to-course = Back to the course
review-title = You are looking at the submission of { $name }
review-title-nameless = You are looking at one person’s submission
review-unknown = This person has not been here yet
review-unknown-text = As soon as they open Lanterna from the course, you will see here how far they are.
review-not-told = How far this person is, is for the course’s teachers to see
review-not-begun = Nothing watched yet.
review-percent = Has seen { $percent } % of it.
review-time = Has seen { $time } of it.
review-position = Stopped at { $position }.
review-page = Stopped at page { $page }.
review-finished = Stopped at the end.
review-last = Last:
review-evidence = Evidence of playing, not of attention.
check-review = The person may review this submission
check-migration = Who this was under LTI 1.1 is proven
problem-review-forbidden = This submission is somebody else’s
problem-review-forbidden-next = Teachers of the course can review every submission, students their own. Open it from the gradebook of your LMS.
problem-migration-unproven = Your LMS says who you were under LTI 1.1, but cannot prove it
problem-migration-unproven-next = Ask the administrator of this Lanterna: the secret of the old LTI 1.1 consumer differs from the one that the LMS has. Correct it, or switch that consumer off if nobody’s media have to be kept.

## External tools

tool-frame = The tool for { $title }
tool-open = Open { $tool }
tool-window-hint = It opens in a new window, at { $host }.
tool-own-score = Your score:
tool-scores = Scores in this course:
tool-returned = You are back
tool-returned-text = You can close this window, or go on in your course.
tool-returned-says = { $tool } says
tool-returned-error = { $tool } says that something went wrong
score-percent = { $score } %
score-points = { $score } of { $maximum }

consent-title = May { $tool } know who you are?
consent-text = { $tool } asks for { $what }. It is run at { $host }, not by your school’s media library.
consent-hint = You can open it either way, and change your mind at any time. Without your yes, it only learns that somebody with your role came.
consent-agree = Yes, tell it
consent-decline = No, open it without
consent-name = your name
consent-username = your user name in the LMS
consent-email = your email address
consent-agreed = { $tool } is told { $what }.
consent-withdraw = Stop telling it
consent-declined = { $tool } is not told { $what }.
consent-give = Tell it

tool-new = Add an external tool
upload-or-tool = Something that lives on another site?
tool-new-lead = Show an exercise, a simulation or a book from another site in your course. Students open it here, and its scores come back.
tool-school = Tools of your school
tool-use = Use
tool-use-which = { $tool }
tool-own = Another tool
tool-own-hint = With what the tool’s maker gave you.
tool-add = Add the tool
tool-added = The tool is added
tool-added-text = Only you see it so far. “Share” puts it into your course.
tool-made = The tool is added. Give its maker these values, and it can be opened.
tool-title = The tool of { $title }
tool-of-school = { $tool } is a tool of your school. Here you change only how this item shows it.
tool-of-other = Only whoever added { $tool } changes the tool itself. Here you change how this item shows it.
tool-settings = The tool
tool-settings-text = Where it is, what it is told, and how it is shown.
tool-settings-change = Change the tool
tool-told = For the tool’s maker
tool-told-hint = The tool knows your library by these values.
tool-told-issuer = Platform ID (issuer)
tool-told-client = Client ID
tool-told-deployment = Deployment ID
tool-told-auth = Authentication address
tool-told-token = Access token address
tool-told-keys = Public key set
tool-version = How the tool is connected
tool-version-1p1 = With a passport (LTI 1.1)
tool-version-1p1-hint = You have a name, a key and a secret in one line.
tool-version-1p3 = With addresses (LTI 1.3)
tool-version-1p3-hint = You have a login address and a launch address; the tool’s maker enters values of ours.
tool-sharing = What the tool may be told of people
tool-sharing-hint = Each person is asked first. Without this, the tool knows everybody by a random name of its own.
tool-place = Where it opens
tool-place-frame = In the page
tool-place-frame-hint = Everything stays in one place.
tool-place-window = In a new window
tool-place-window-hint = For tools that want much room, or do not work inside other pages.
tool-more = Custom parameters
tool-field-title = Title
tool-field-description = Description
tool-field-launch-url = Launch address
tool-field-launch-url-hint = Where the tool opens, such as https://reader.example/launch
tool-field-passport = Passport
tool-field-passport-hint = As the maker gave it: name:key:secret. It is not shown again.
tool-passport-kept = Leave it empty to keep the one that is there. A new one looks like name:key:secret.
tool-field-login-url = Login address
tool-field-login-url-hint = Also called “initiate login URL”.
tool-field-redirect-uris = Redirect addresses
tool-field-redirect-uris-hint = One in a line, exactly as the tool’s maker says.
tool-field-keys-url = Address of the public key set
tool-field-keys-url-hint = For tools that send scores. Also called “JWKS URL”.
tool-field-keys-pem = Or the public key itself
tool-field-keys-pem-hint = It begins with -----BEGIN PUBLIC KEY-----
tool-field-selection-url = Address for picking content
tool-field-selection-url-hint = Where the tool lets you pick what to show (deep linking), if it does.
tool-registration-hint = The tool’s maker says these. After adding, you get the values that the maker needs from you.
tool-field-ask-name = Their name
tool-field-ask-email = Their email address
tool-field-ask-username = Their user name in the LMS
tool-field-grades = Take scores from the tool
tool-field-grades-hint = They appear on the course page, for its teachers.
tool-field-height = Height in pixels
tool-field-height-hint = Left empty, 640.
tool-field-button = What the button says
tool-field-button-hint = Left empty, “Open” and the tool’s name.
tool-field-hide-launch = Do not open the tool yet
tool-field-hide-launch-hint = The page then shows only title and description.
tool-field-custom = Custom parameters
tool-field-custom-hint = One in a line, such as chapter=12 or user=$User.id
tool-description-long = This is too long: at most 5,000 characters.
tool-address-not-web = This is not a web address. It begins with https://
tool-address-own = This is an address of this library itself.
tool-address-not-https = This address is not encrypted. It must begin with https://
tool-address-private = This address cannot be found on the public internet. Ask your administrator to add the tool.
tool-redirects-number = Enter between 1 and 20 addresses, one in a line.
tool-redirect-bad = { $line }: { $why }
tool-pem-bad = This is no RSA public key of 2048 bits or more, as PEM.
tool-keys-one = Enter the address of the key set or a key, not both.
tool-height-bad = Enter a whole number from { $least } to { $most }.
tool-button-bad = Use at most { $most } characters, in one line.
passport-bad-empty = Enter the passport: name:key:secret
passport-bad-name = The passport has no name before its first colon. It looks like name:key:secret
passport-bad-key = The passport has no key after its name. It looks like name:key:secret
passport-bad-secret = The passport has no secret after its key. It looks like name:key:secret
passport-bad-characters = The passport is too long, or has line breaks in it.
custom-bad-line = Line { $number } is not name=value: { $line }
custom-repeated = Line { $number } says again what { $name } is.
custom-too-many = These are more than 100 lines.

course-placed-scores = Scores
scores-number =
    { $number ->
        [0] None yet
        [one] 1 person
       *[other] { $number } people
    }
scores-more = More than { $number } people
scores-back = Back to the course
scores-title = Scores of { $title }
scores-lead = As the tool reported them.
scores-none = No scores yet
scores-none-text = They appear here as soon as the tool reports one.
scores-caption = Scores by person
scores-each = Each thing in it
scores-each-caption = Tools in this collection
scores-each-none = No tool of this collection opens for you.
scores-person = Person
scores-score = Score
scores-said = What the tool says
scores-when = Reported
scores-handed-in = Handed in:

problem-tools-for-staff = External tools are added by teachers.
problem-tools-for-staff-next = Ask the teacher of your course to add the tool.
problem-tool-gone = The tool is no longer there.
problem-tool-gone-next = Ask whoever added it to remove it here, or to add it again.
problem-tool-forbidden = This tool is not allowed at your school.
problem-tool-forbidden-next = Ask the administrator of this library why, and which tool to use instead.
problem-tool-request = The tool’s request is not complete.
problem-tool-request-next = Open the tool again from its page. If this comes back, tell whoever added it.
problem-tool-unknown = A tool asked for a launch that it was not offered.
problem-tool-unknown-next = Ask whoever added it to compare its client ID and redirect addresses with those of the tool.
problem-picked-in-tool = What was picked in the tool could not be taken.
problem-picked-in-tool-next = Begin anew from the collection: a choice is taken once, and within two hours.
problem-tool-hidden = This tool is not open yet.
problem-tool-hidden-next = Your teacher opens it. Until then, read what the page says about it.
problem-tool-address = This tool cannot be opened at its address.
problem-tool-address-next = Ask whoever added it to correct its launch address: it must be an https address of another site.

# A person's own progress with an item.

own-bar = How much you have seen
own-nothing = You haven’t watched anything of it yet.
own-percent = You have watched { $percent } %.
own-all = You have watched all of it.
own-time = You have watched { $time } of it.
own-pages = You have looked at { $seen } of { $pages } pages.
own-opened = You have opened it.
own-not-opened = You haven’t opened it yet.

# Charts, and tables in an order.

chart-percent = { $percent } %
chart-nothing = There is nothing to show yet.
chart-heat-title = What is played, part by part
chart-heat-people = People who played it
chart-heat-again = Times played again
chart-heat-part = Part
chart-heat-page = Pages
chart-heat-table = The numbers of this chart
chart-heat-most =
    { $times ->
        [one] Played again most: { $part }, once.
       *[other] Played again most: { $part }, { $times } times.
    }
chart-heat-most-pages =
    { $times ->
        [one] Opened again most: page { $part }, once.
       *[other] Opened again most: page { $part }, { $times } times.
    }
chart-heat-never-again = Nothing was played again.
chart-heat-skipped = Skipped most: { $part }, which fewer than half of those who began have played.
chart-heat-skipped-pages = Skipped most: page { $part }, which fewer than half of those who began have opened.
chart-heat-none-skipped = No part was skipped by most.
chart-steps-title = Begun and finished over time
chart-steps-day = Day
chart-steps-started = Have begun
chart-steps-finished = Have finished
chart-steps-words = By now { $started } of { $people } have begun and { $finished } have finished.
chart-steps-table = The numbers of this chart
table-order-by = Order by

# People: finding them, what is kept about them, export and erasure.
admin-people = People
people-nobody = Nobody yet
people-nobody-text = People appear once they come from an LMS. Connect one first.
people-search-lead = Find somebody to see what is kept about them, to hand it out, or to erase it.
people-connection = LMS
people-by-name = Name
people-by-name-hint = How the first or any other name begins. Where email addresses are kept, one of them finds its person too.
people-by-id = User ID in the LMS
people-by-id-hint = Exactly as the LMS has it; leads straight to the person.
people-no-such-id = Nobody is known by this ID here. Launch logs lead to people as well.
people-search = Find
people-found = Found
people-found-none = Nobody’s name begins so. Try another of their names, or their ID.
people-id = ID in the LMS
people-kept-forever = People are kept until you erase them. “people.kept_after_last_launch” in the configuration sets an end.
people-due-title = Not here for long
people-due = { $number ->
    [one] One person has not been here for long
   *[other] { $number } people have not been here for long
}
people-due-many = More than { $number } people have not been here for long
people-due-hint = People are erased { $span } after their last launch, unless they own media that others use.
people-due-text = People are erased { $span } after their last launch. Those who own media that others use wait for you: hand these over, or remove them.
people-due-link = See who it is
person-removed = Somebody who was removed
person-back = Find somebody else
person-untold = not told
person-anonymous = Nothing: the LMS did not say who it was
person-preview = A teacher’s student preview
person-roster-only = Known by rosters only
person-known-as = Known as
person-given = Given name
person-family = Family name
person-email = Email
person-language = Language
person-first = First here
person-number = Number
person-kept = What is kept
person-kept-caption = What is kept about this person
person-kind = What
person-amount = How much
person-look = Look
person-list = Show
person-list-none = Nothing.
person-list-back = Back to the person
person-export = Hand it out
person-export-text = One ZIP with everything that is kept about this person: JSON for each kind of thing, a table of what they watched, captions, and a text that explains it all. It names other people nowhere.
person-export-media = With their media files
person-export-media-hint = { $size } in all, as they were uploaded.
person-export-go = Download the ZIP
person-erase = Erase
person-erase-text = You see first what goes and what stays. Nothing happens before you confirm it.
person-erase-go = Erase this person…
person-being-erased = This person is being erased
person-being-erased-text = Nobody knows them by any name any more. The rest follows in the background.
kept-courses = Courses
kept-items = Media of their own
kept-trash = In the trash
kept-used = Used by others
kept-uploads = Uploads under way
kept-shares = Shared with them
kept-views = Watched
kept-grades = Grades
kept-tools = External tools that they added
kept-consents = Answers to external tools
kept-results = Results of external tools
kept-sessions = Sessions
kept-launches = Launches in the log
kept-audited = Entries of the audit log
count = { $number }
count-more = more than { $number }
list-course = Course
list-no-course = without a course
list-role = Role
list-title = Title
list-visibility = Seen by
list-seen-owner = nobody else
list-seen-course = the course
list-seen-school = the whole school
list-seen-link = whoever has the link
list-seen-everybody = everybody
list-made = Made
list-trashed = In the trash since
list-file = File
list-begun = Begun
list-ends = Ends
list-since = Since
list-sees = sees it
list-edits = changes it
list-grade = Earned
list-grade-stopped = refused by the LMS
list-grade-due = not taken yet
list-grade-taken = taken by the LMS
list-percent = Seen
list-percent-of = { $number } %
list-watched = Last
list-when = When
list-what = What
nobodys-title = Media without an owner
nobodys-text = Courses still use them ({ $number }), but they belong to nobody: their owner was erased, and so was whoever was to have them. Give them to somebody who looks after them.
nobodys-give = Hand over
nobodys-wrong = Nobody of this LMS is known by this ID.
nobodys-given = { $number ->
    [0] None of them came from this LMS
    [one] One of them has an owner again
   *[other] { $number } of them have an owner again
}
erasures-title = Being erased
erasures-text = Work goes on by itself, also after a restart. After a quarter of an hour everything is looked through once more.
erasures-number = Number
erasures-begun = Begun
erasures-by = Decided by
erasures-by-itself = the configuration, or an earlier decision
erasures-state = State
erasures-working = removing
erasures-cleared = removed
erase-title = Erase { $name }?
erase-lead = This can’t be undone. If they come back from the LMS later, they start as somebody new.
erase-goes = What goes
erase-goes-person = Who they are: every name, ID and address
erase-goes-used = { $number ->
    [one] Others use one of them
   *[other] Others use { $number } of them
}
erase-goes-grades = Grades that the LMS has not taken yet: they are dropped, not sent
erase-stays = What stays
erase-stays-audit = The audit log, where the person is a number that leads to nobody
erase-stays-placed = What they placed in courses or shared of other people’s media, as done by somebody who was removed
erase-stays-copies = Copies that Lanterna keeps of its own store, until newer ones replace them: about { $span }. Your own backups are yours to erase. Whoever comes back with one is erased again as long as you keep the file “erasures” of the data directory.
erase-stays-lms = Whatever the LMS has, grades included
erase-not-yet = Nothing was erased yet. Please look at the marked fields.
erase-media = Media that others use
erase-media-hand-over = Hand them over
erase-media-hand-over-hint = Courses go on as before, and the tools that they added go along. What nobody else uses is removed.
erase-media-remove = Remove them all
erase-media-remove-hint = They disappear from every course at once.
erase-heir = To whom: user ID in the LMS
erase-heir-hint = Somebody of the same LMS who has been here or is on a roster.
erase-heir-wrong = Nobody else of this LMS is known by this ID.
erase-name = Type the name to confirm
erase-name-hint = { $name }
erase-name-wrong = That is not what stands above.
erase-really = Erase for good
erase-not = Keep everything

# What is kept about oneself.
me-title = What is kept about you
me-you = You
me-lead = This is what Lanterna keeps about you. Your school runs it; your LMS keeps more of its own.
me-who = Who you are here
me-kept = How much there is
me-export = All of it as a file
me-export-text = A ZIP with everything that is kept about you, and a text that explains it. Your media files are not in it: download them from their own pages.
me-export-go = Download what is kept about me
me-erase-text = If you want it erased, ask whoever runs your school’s LMS.
problem-exports-busy = Other exports are being made just now
problem-exports-busy-next = Wait half a minute, then try again.
problem-erasure-unrecorded = The erasure could not be written down, so nothing was erased
problem-erasure-unrecorded-next = Check that the data directory has free space and can be written to, then try again.

# The text inside an export.
export-readme-title = What Lanterna keeps about { $name }
export-readme-made = Made on { $moment }.
export-readme-person = person.json: who you are, by which IDs the LMS knows you, when you were here.
export-readme-courses = courses.json: your courses and what you are in them.
export-readme-sessions = sessions.json: what is open just now.
export-readme-launches = launches.json: the log of your launches, with each check.
export-readme-items = items.json: your media, with their captions, and where they are placed.
export-readme-placements = placements.json: what you placed in the courses that you are in.
export-readme-shares = shares.json: what others share with you.
export-readme-uploads = uploads.json: uploads that are under way.
export-readme-views = views.json, and views.csv for spreadsheets: what you watched, and how far.
export-readme-grades = grades.json: the grades that watching earned you.
export-readme-tools = tools.json: the external tools that you added, without their secrets; what tools may know of you, and what they reported.
export-readme-audit = audit.json: what the audit log has of you.
export-readme-captions = captions/: the captions of your media.
export-readme-with-media = media/: your files as you uploaded them, { $size } in all.
export-readme-without-media = Your media files ({ $size }) are not in here.
export-readme-times = All times are UTC. Text is UTF-8. What other people did, and who they are, is not in here.

### Grades

counting-not = Doesn’t count towards the grade.
counting-words-completion = Counts: { $points } points for watching { $threshold } %.
counting-words-proportion = Counts: up to { $points } points, in proportion to what is watched.
earned-label = What this is worth
earned-missing = { $percent } % still missing.
earned-taken = Your LMS has your { $points } points.
earned-due = Your { $points } points are on their way to your LMS.
earned-delayed = Your { $points } points are kept here, and sent as soon as your LMS takes them.
earned-stopped = Your { $points } points are kept here, but your LMS did not take them:
earned-staff = See everybody’s grades

grade-points = { $points } of { $maximum }
grade-stopped = Not taken
grade-due = On its way
grade-taken = In the gradebook
grade-differs = Differs
grade-found = The gradebook shows { $points }.
grade-found-none = The gradebook shows no score.
grade-next = Next attempt:
grade-retry = Send now

grades-title = Grades
grades-none = Nothing here counts yet
grades-none-text = Pick something for your course in your LMS and let it count towards the grade. As soon as somebody opens it, it shows up here.
grades-course = To the course
grades-scores = What was earned
grades-stopped = Need attention
grades-due = On their way
grades-taken = In the gradebook
grades-stopped-none = Nothing needs your attention.
grades-due-none = Nothing is waiting: your LMS has everything.
grades-taken-none = Nobody has earned anything yet.
grades-person = Person
grades-item = Media
grades-points = Points
grades-how = How it stands
grades-act = Action
grades-item-gone = No longer there
grades-activities = What counts
grades-change = Change how it counts
grades-change-hint = Points that were earned stay earned. Other points than before are sent to the gradebook again.
grades-change-save = Save
grades-compare = Compare with the gradebook
grades-resend = Send all again
grades-resent = { $number ->
    [0] There is nothing to send.
    [one] One grade is sent again.
   *[other] { $number } grades are sent again.
}
grades-compared = { $number ->
    [0] The gradebook has what was earned here.
    [one] One grade differs in the gradebook.
   *[other] { $number } grades differ in the gradebook.
}
grades-unread = { $number ->
    [one] One column of the gradebook could not be read.
   *[other] { $number } columns of the gradebook could not be read.
}
grades-untold = { $number ->
    [one] For one person the gradebook told nothing.
   *[other] For { $number } people the gradebook told nothing.
}
grades-resending = Everything is being sent again
grades-reckoning = Points are being worked out anew
grades-comparing = The gradebook is being read
grades-far = { $done } of { $of }.
grades-far-unknown = Just beginning.
grades-goes-on = You can go on meanwhile.
grades-look = See how far it is
grades-compared-at = Last compared with the gradebook:
grades-retried = It is being sent. Look again in a moment.
grades-decided = Saved.
grades-column-lost = Its column is no longer in the gradebook. “Send now” or “Send all again” makes a new one.
grades-away = Your LMS takes no grades at the moment
grades-away-text = Nothing is lost: everything is kept here and sent by itself. Next attempt:

admin-grades = Grades
admin-grades-lead = What watching has earned, and whether each LMS has it. Nothing that is owed is lost: it stays until the LMS has taken it.
admin-grades-none = Nobody has earned anything yet
admin-grades-none-text = As soon as somebody watches what a teacher lets count towards the grade, you see here whether the LMS has it.
admin-grades-away = { $name } takes no grades at the moment
admin-grades-now = Try it now
status-grades-stopped = { $number ->
    [one] One grade was not taken by its LMS
   *[other] { $number } grades were not taken by their LMS
}
status-grades-link = Look at the grades

grade-trouble-status = (Status { $status }.)
grade-trouble-said = The LMS says: “{ $said }”
grade-trouble-unreachable = The LMS can’t be reached
grade-trouble-unreachable-next = It is tried again by itself.
grade-trouble-not-there = The practice course is switched off
grade-trouble-not-there-next = Switch it on to go on.
grade-trouble-not-an-answer = The LMS answers with a page instead of taking the grade
grade-trouble-not-an-answer-next = It may be under maintenance. It is tried again by itself.
grade-trouble-busy = The LMS is busy
grade-trouble-busy-next = It is tried again by itself.
grade-trouble-unauthorized = The LMS doesn’t accept Lanterna’s proof
grade-trouble-unauthorized-next = It is tried again by itself. If it stays so, test the connection in administration.
grade-trouble-token-refused = The LMS gives Lanterna no access
grade-trouble-token-refused-next = It is tried again by itself. If it stays so, test the connection in administration.
grade-trouble-here = Something went wrong here
grade-trouble-here-next = It is tried again by itself.
grade-trouble-failed = The LMS had a fault of its own
grade-trouble-failed-next = It is tried again by itself.
grade-trouble-outcome-refused = The LMS refused the grade
grade-trouble-outcome-refused-next = It is tried again for two days, and after the person opens the activity again.
grade-trouble-forbidden = The LMS doesn’t allow it
grade-trouble-forbidden-next = Check in the LMS that Lanterna may send grades for this activity, then try again.
grade-trouble-refused = The LMS refused the grade
grade-trouble-refused-next = Check the activity’s settings in the LMS, then try again.
grade-trouble-not-gradable = The LMS gives this person no grades here
grade-trouble-not-gradable-next = They may not be enrolled as a student. It is sent again when they open the activity as one.
grade-trouble-not-enrolled = The LMS doesn’t have this person in the course
grade-trouble-not-enrolled-next = Enrol them, then try again.
grade-trouble-no-line-item = The gradebook has no column for this activity
grade-trouble-no-line-item-next = Let the activity be graded in the LMS, or try again to have a new column made.
grade-trouble-scope-missing = The LMS lets Lanterna send no grades
grade-trouble-scope-missing-next = Switch on grade services for Lanterna in the LMS. It is sent after the person opens the activity again.
grade-trouble-no-service = The LMS told no place for this grade
grade-trouble-no-service-next = Let the activity be graded in the LMS. It is sent after the person opens the activity again.
grade-trouble-address = The LMS named an address that Lanterna doesn’t call
grade-trouble-address-next = It must be https and public; an administrator can trust a host of the school’s own network.
grade-trouble-moved = The LMS has moved since
grade-trouble-moved-next = It is sent to the new place after the person opens the activity again.
grade-trouble-connection-gone = The connection with the LMS was deleted
grade-trouble-connection-gone-next = It can’t be sent any more.
grade-trouble-switched-off = The connection with the LMS is switched off
grade-trouble-switched-off-next = It is sent after an administrator switches it on again.
grade-trouble-not-counting = The activity doesn’t count any more
grade-trouble-not-counting-next = Let it count again, then try again.
grade-trouble-superseded = The gradebook has a newer grade
grade-trouble-superseded-next = Somebody may have changed it there. Try again to send this one.

# Who watched what.

statistics-nav = Progress
statistics-nav-own = Your progress
statistics-item-nav = Who watched
statistics-item-title = Who watched “{ $title }”
statistics-course-title = Progress in this course
statistics-person-title = Progress of { $name }
statistics-person-nameless = One student’s progress
statistics-person-gone = This student is no longer in the course.
statistics-own-title = Your progress
statistics-own-none = Open Lanterna from a course of your LMS to see how far you are there.
statistics-own-staff = What you watch yourself doesn’t count here, since you teach or help in this course.
statistics-own-evidence = What was played counts, each part once. You and the teachers of this course see it.
statistics-own-alone = What was played counts, each part once. You see it; teachers see sums of several people only.
statistics-csv = Save as CSV
statistics-of = of { $all }
statistics-few = fewer than { $floor }
statistics-name = Name
statistics-state = State
statistics-percent = Watched
statistics-time = Time played
statistics-times = Times played
statistics-first = First
statistics-last = Last
statistics-each = Each item
statistics-each-hint = The small bars show each item of the course in its order; a full one is finished.
statistics-finished = Finished
statistics-begun = Begun
statistics-not-begun = Not begun
statistics-have-begun = Have begun
statistics-have-finished = Have finished
statistics-median = Typically watched
statistics-played = Time played by all
statistics-what = What is watched
statistics-over-time = Over time
statistics-watchers = Who watched
statistics-nobody = Nobody has watched this yet
statistics-nobody-text = As soon as a student of this course plays it, you will see here how far they came.
statistics-not-begun-title = Not begun yet: { $number }
statistics-names = Their names
statistics-gone = No longer in the course
statistics-gone-text = They are not counted above.
statistics-learners = Students
statistics-idle = Have not begun anything
statistics-done = Have finished everything
statistics-average = Watched on average
statistics-people = Students
statistics-media = Media in this course
statistics-all-media = All { $number } items
statistics-besides = Watched in this course besides
statistics-no-learners = No students are known here yet
statistics-no-learners-text = Students appear as they open Lanterna from this course, or once you sync its people with your LMS.
statistics-sums-only = Single students are not shown here
statistics-sums-only-text = Whoever looks after this Lanterna keeps what single people watched from their teachers. You see sums, and those only of { $floor } people or more.
statistics-too-few = Fewer than { $floor } students have begun. From { $floor } on you will see here what they watch.
statistics-csv-percent = Watched (%)
statistics-csv-seen = Seconds seen
statistics-csv-pages = Pages seen
statistics-csv-played = Seconds played
statistics-csv-finished = Finished at
statistics-csv-gone = Left the course
audited-item-statistics-seen = Looked at who watched an item
audited-item-statistics-saved = Took away who watched an item
audited-course-statistics-seen = Looked at who watched what in a course
audited-course-statistics-saved = Took away who watched what in a course
audited-person-statistics-seen = Looked at what a person watched
statistics-yes = yes
statistics-no = no
problem-learners-data = What students watched is for this course’s teachers to see
problem-learners-data-next = If you teach this course, open Lanterna from it in your LMS. Your own progress is under “Your progress”.
problem-sums-only = Single students are not shown here
problem-sums-only-next = Whoever looks after this Lanterna keeps what single people watched from their teachers. Sums are on the page of each item and of the course.
admin-tools = Tools
admin-tools-whose = Whose tools
admin-tools-school = Of the school
admin-tools-people = Of teachers
admin-tools-new = Add a tool
admin-tools-lead = A tool that every teacher may use. Nobody is shown its secret again.
admin-tools-none = No tools yet
admin-tools-none-text = Add a tool that every teacher may show in their courses. Teachers can add tools for themselves, too.
admin-tools-none-people = No teacher has added a tool
admin-tools-none-people-text = Those that teachers add for themselves appear here.
admin-tools-caption = External tools
admin-tools-name = Name
admin-tools-owner = Added by
admin-tools-host = Site
admin-tools-added = Added
admin-tools-allowed = In use
admin-tools-forbidden = Forbidden
admin-tools-private = Told nothing of people
admin-tools-of-file = This tool stands in the configuration file, and is changed there.
admin-tools-decisions = What you allow
admin-tools-decisions-text = A forbidden tool opens for nobody and reports no scores. What it reported before stays.
admin-tools-forbid = Forbid this tool
admin-tools-allow = Allow this tool again
admin-tools-silence = Tell it nothing of people
admin-tools-share = Let people agree to tell it who they are
admin-tools-delete = Delete this tool
admin-tools-delete-text = It opens nowhere any more. What it reported stays with its courses.
admin-tools-delete-really = Delete it

## Collections

collection-new = Make a collection
collection-new-lead = Several things in an order, shown on one page. Placing the collection shows your students all that you may show them.
collection-make = Make the collection
collection-fill = Choose what is in it
collection-empty = Nothing in it yet
collection-empty-owner = Choose films, files and tools, and put them in order.
collection-empty-text = Whoever made this collection has put nothing in it that opens for you.
collection-steps = Before and after
collection-before = Before
collection-after = Next
collection-list = What is in the collection
collection-contents = What is in { $title }
collection-inside = In this order
collection-inside-empty = Nothing yet. Add something from below.
collection-more = Add
collection-more-none = There is nothing more to add here.
collection-pick = From a tool
collection-pick-hint = What you pick in a tool is added here, and opens in that tool.
collection-pick-in = Pick in { $tool }
collection-picking = Pick what is to be in “{ $title }”. What you pick is at its end afterwards.
collection-picked = Back to the collection
collection-picking-hint = If this page does not go on by itself once you have picked, go back to the collection: what you picked is there.
tool-picked =
    { $number ->
        [0] Nothing was added
        [one] One thing was added
       *[other] { $number } things were added
    }
tool-picked-text = It is at the end of your collection. You can go back there now.
tool-picked-none = Your collection is as it was. You can go back there now.
tool-picked-left =
    { $number ->
        [one] One thing could not be taken: it is not something that opens in the tool, or its address is not a public one.
       *[other] { $number } things could not be taken: they are not something that opens in the tool, or their addresses are not public ones.
    }
collection-up = Move { $title } up
collection-down = Move { $title } down
collection-remove = Take { $title } out
collection-add = Add { $title }
upload-or-collection = Several things that belong together?
problem-collection-full = The collection is full.
problem-collection-full-next = It holds at most 200 things. Take something out, or begin a second collection.
