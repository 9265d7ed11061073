package raynet_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
	"raynetsync/internal/remote/raynet/emulator"
)

func TestLearningAboutExternalIDs(t *testing.T) {
	t.Parallel()
	when := "2026-07-01T14:00Z/2026-07-01T15:00Z"
	t.Run("accepted", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, emulator.Options{}, nil)
		if _, known := w.client.ExtID(); known {
			t.Error("known before anything was tried")
		}
		before := w.client.Requests()
		w.create(w.scope(), "ros:1", event("a", when))
		w.create(w.scope(), "ros:2", event("b", when))
		if accepted, known := w.client.ExtID(); !accepted || !known || w.client.Requests()-before != 3 {
			t.Errorf("accepted %v known %v after %d requests", accepted, known, w.client.Requests()-before)
		}
	})
	t.Run("ignored", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, emulator.Options{Switches: emulator.Switches{ExtIDOnCreate: emulator.Ignore}}, nil)
		one, requests := w.create(w.scope(), "ros:1", event("a", when))
		if len(requests) != 1 {
			t.Errorf("first create: %d requests", len(requests))
		}
		fields := event("b", when)
		fields[record.EventPlace] = "Brno"
		two, requests := w.create(w.scope(), "ros:2", fields)
		if accepted, known := w.client.ExtID(); accepted || !known {
			t.Errorf("accepted %v known %v", accepted, known)
		}
		if len(requests) != 3 || requests[1].Path != "meeting/{id}/extId/" || strings.Contains(requests[0].Body, "extId") {
			t.Errorf("second create: %+v", requests)
		}
		if a, b := w.read(w.scope(), one), w.read(w.scope(), two); a.Key != "ros:1" || b.Key != "ros:2" || b.Fields[record.EventPlace] != "Brno" {
			t.Errorf("keys %q and %q", a.Key, b.Key)
		}
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, emulator.Options{Switches: emulator.Switches{ExtIDOnCreate: emulator.Refuse}}, nil)
		write := remote.Write{Op: remote.Create, Fields: event("a", when), Key: "ros:1"}
		requests, err := w.client.Compose(t.Context(), w.scope(), write)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.client.Send(t.Context(), requests[0]); err == nil || asRemote(t, err).Kind != remote.Invalid || asRemote(t, err).Unknown {
			t.Fatalf("%v", err)
		}
		made, requests := w.apply(w.scope(), write)
		if accepted, known := w.client.ExtID(); accepted || !known || len(requests) != 2 || w.read(w.scope(), made).Key != "ros:1" {
			t.Errorf("accepted %v known %v, %+v", accepted, known, requests)
		}
	})
}

// A record that RAYNET never takes says nothing about external ids, and keeps nobody else's from being made.
func TestARecordThatIsNeverTakenTeachesNothing(t *testing.T) {
	t.Parallel()
	for mode, accepts := range map[emulator.Mode]bool{emulator.Accept: true, emulator.Refuse: false} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.Options{Switches: emulator.Switches{ExtIDOnCreate: mode}}, nil)
			w.server.Layer().Set(chaos.Fault{Name: "poison", Effect: chaos.EffectStatus, Status: http.StatusBadRequest, Method: "PUT", BodyContains: "jed",
				Body: `{"success":false,"translatedMessage":"Tento záznam nelze uložit."}`})
			try := func(title, key string) bool {
				write := remote.Write{Op: remote.Create, Key: key, Fields: event(title, "2026-07-01T14:00Z/2026-07-01T15:00Z")}
				requests, err := w.client.Compose(t.Context(), w.scope(), write)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := w.client.Send(t.Context(), requests[0])
				for i := 1; err == nil && i < len(requests); i++ {
					request := requests[i]
					request.Path = strings.ReplaceAll(request.Path, "{id}", answer.Ref.ID)
					_, err = w.client.Send(t.Context(), request)
				}
				return err == nil
			}
			made := 0
			for range 5 { // tried in turn, again and again; where it is refused, a good one is first
				if mode == emulator.Refuse && try("a", "ros:"+strconv.Itoa(made)) {
					made++
				}
				if try("jed", "ros:bad") {
					t.Fatal("the bad one was made")
				}
				if mode == emulator.Accept && try("a", "ros:"+strconv.Itoa(made)) {
					made++
				}
			}
			if made < 4 {
				t.Errorf("%d of the good ones were made in 5 rounds", made)
			}
			if accepted, known := w.client.ExtID(); !known || accepted != accepts {
				t.Errorf("known %v, accepted %v", known, accepted)
			}
		})
	}
}
