package crossing_test

import (
	"strings"
	"testing"

	"raynetsync/internal/record"
	"raynetsync/internal/remote/chaos"
)

// asked counts requests whose path holds a text.
func asked(entries []chaos.Entry, path string) int {
	n := 0
	for _, entry := range entries {
		if strings.Contains(entry.Path, path) {
			n++
		}
	}
	return n
}

// TestPhotos: a picture arrives once, a changed one replaces it, one that was taken away is removed; each costs one request to
// RAYNET, and nothing is asked for while nothing changes.
func TestPhotos(t *testing.T) {
	t.Parallel()
	w := setup(t, settings{photos: true})
	w.enrol(t, w.users[0], record.Contacts)
	with, without := w.makeInRaynet(t, w.users[0], record.Contacts, "Fotka"), w.makeInRaynet(t, w.users[0], record.Contacts, "Bez fotky")
	steps := []struct {
		name   string
		do     func()
		photo  string
		images int // requests for pictures
		most   int // requests to RAYNET at most
	}{
		{"a person with a picture", func() { w.photograph(t, with, "obrázek 1") }, "obrázek 1", 1, 12},
		{"nothing", func() {}, "obrázek 1", 0, 6},
		{"the phone changes", func() { w.set(t, with, record.Raynet, record.ContactMobile, "777 1") }, "obrázek 1", 0, 9},
		{"somebody else changes", func() { w.set(t, without, record.Raynet, record.ContactMobile, "777 2") }, "obrázek 1", 0, 9},
		{"a change in Outlook", func() { w.set(t, with, record.Outlook, record.ContactWeb, "www.a.example") }, "obrázek 1", 0, 9},
		{"another picture", func() { w.photograph(t, with, "obrázek 2") }, "obrázek 2", 1, 9},
		{"no picture", func() { w.photograph(t, with, "") }, "", 0, 9},
		{"a picture again", func() { w.photograph(t, with, "obrázek 3") }, "obrázek 3", 1, 9},
	}
	for i, step := range steps {
		step.do()
		look := w.sync(t)
		if i == 0 {
			with, without = w.find(t, with), w.find(t, without)
		}
		if got := w.shows(with, record.Outlook)[record.ContactPhoto]; string(got) != step.photo {
			t.Errorf("%s: the contact's picture is %q, want %q", step.name, got, step.photo)
		}
		if got := w.shows(without, record.Outlook)[record.ContactPhoto]; got != "" {
			t.Errorf("%s: the other contact has the picture %q", step.name, got)
		}
		if got := asked(look.raynet, "/image/"); got != step.images {
			t.Errorf("%s: %d pictures were asked for, want %d", step.name, got, step.images)
		}
		if len(look.raynet) > step.most {
			t.Errorf("%s: %d requests to RAYNET, want at most %d: %+v", step.name, len(look.raynet), step.most, look.raynet)
		}
		if got := asked(look.graph, "/photo"); got > 0 && step.images == 0 && step.photo != "" {
			t.Errorf("%s: the picture was written %d times", step.name, got)
		}
		w.rest(t, step.name)
	}
	w.quiet(t)
}

// TestPhotosAreOff: nobody looks for pictures unless it is asked for.
func TestPhotosAreOff(t *testing.T) {
	t.Parallel()
	w := setup(t, settings{})
	w.enrol(t, w.users[0], record.Contacts)
	th := w.makeInRaynet(t, w.users[0], record.Contacts, "Fotka")
	w.photograph(t, th, "obrázek")
	look := w.sync(t)
	if th = w.find(t, th); w.shows(th, record.Outlook)[record.ContactPhoto] != "" || asked(look.raynet, "/image/")+asked(look.graph, "/photo") > 0 {
		t.Errorf("a picture was fetched: %+v", look)
	}
}

func (w *world) photograph(t *testing.T, th thing, picture string) {
	t.Helper()
	if err := w.raynet.SetPhotoAs(th.user.login, th.raynet, "image/png", []byte(picture)); err != nil {
		t.Fatal(err)
	}
}
