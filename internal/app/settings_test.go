package app_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
)

func TestDefaultsAreThoseOfTheEngine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Items: 1})
	a := open(t, app.Options{Config: w.settings(t, t.TempDir())})
	want := pair.DefaultRules(record.Calendar)
	want.SettleHorizon, want.DeletionGrace = time.Second, time.Second // as the file says
	if diff := cmp.Diff(want, a.Connection.Rules(journal.Pair{Kind: record.Calendar})); diff != "" {
		t.Errorf("rules without settings (-engine +app):\n%s", diff)
	}
}

func TestSettingsReachTheRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Items: 1})
	a := open(t, app.Options{Config: w.settings(t, t.TempDir(), `preset = "careful"`, `clash_calendar = "ask"`, `window_back_days = 3`,
		`window_forward_days = 30`, `deleted_in_raynet = "unlink"`, `max_removals_calendar = 7`, `max_removals_percent_calendar = 8`,
		`max_removals_free = 9`, `max_changed_percent = 11`, `max_changed_free = 12`, `loop_writes = 13`, `loop_window = "14m"`,
		`private_title = "Private"`, `kinds = ["calendar"]`, `time_zone = "Europe/Bratislava"`, "[[user]]",
		`mailbox = "jana@example.cz"`, `raynet = "42"`, `kinds = []`, `time_zone = "Europe/London"`)})
	want := pair.Rules{
		Flow: record.ToOutlook, Clash: pair.Ask, Back: 3 * 24 * time.Hour, Forward: 30 * 24 * time.Hour,
		MaxRemovals: 7, MaxRemovalsPercent: 8, FreeRemovals: 9, MaxChangedPercent: 11, FreeChanges: 12, LoopWrites: 13, LoopWindow: 14 * time.Minute,
		SettleHorizon: time.Second, DeletionGrace: time.Second, GuardAge: 500 * time.Millisecond, GuardedPortion: 3,
		PrivateText: "Private",
	}
	if diff := cmp.Diff(want, a.Connection.Rules(journal.Pair{Kind: record.Calendar})); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	s := a.Admin.Settings
	override := admin.UserOverride{Mailbox: "jana@example.cz", Raynet: "42", Kinds: []record.Kind{}, Zone: "Europe/London"}
	if diff := cmp.Diff([]admin.UserOverride{override}, s.Overrides); diff != "" {
		t.Errorf("overrides (-want +got):\n%s", diff)
	}
	if s.Zone != "Europe/Bratislava" || !cmp.Equal(s.Users, []string{"*"}) || !cmp.Equal(s.Kinds, []record.Kind{record.Calendar}) {
		t.Errorf("settings = zone %s, users %v, kinds %v", s.Zone, s.Users, s.Kinds)
	}
	other := open(t, app.Options{Config: w.settings(t, t.TempDir())})
	if s.RaynetLogin == "" || s.RaynetLogin == other.Admin.Settings.RaynetLogin || s.RaynetLogin == s.MicrosoftLogin {
		t.Error("the digest of a login is empty, or says the same under another key or for another login")
	}
}

// Settings of the clients show in what they do: here, what becomes of the calendars.
func TestSettingsReachTheClients(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		sync     []string
		category string
		minutes  any
		on       bool
	}{
		{"defaults", nil, "RAYNET", 15, true},
		{"no reminder, another category", []string{`reminder_minutes = -1`, `category = "CRM"`}, "CRM", nil, false},
		{"reminder at the start", []string{`reminder_minutes = 0`}, "RAYNET", 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulation.Options{Items: 1, Mailboxes: 1, Plain: true})
			a := open(t, app.Options{Config: w.settings(t, t.TempDir(), test.sync...)})
			if _, err := a.Sync(t.Context(), admin.SyncOptions{}); err != nil {
				t.Fatal(err)
			}
			events := w.Outlook.All(w.Company.Users[0].Email)
			if len(events) != 1 {
				t.Fatalf("events = %v, want one", events)
			}
			event := events[0]
			if !cmp.Equal(event["categories"], []any{test.category}) || event["isReminderOn"] != test.on {
				t.Errorf("categories %v, reminder %v; want %s, %v", event["categories"], event["isReminderOn"], test.category, test.on)
			}
			if got, ok := event["reminderMinutesBeforeStart"].(float64); test.on && (!ok || int(got) != test.minutes) {
				t.Errorf("reminder = %v, want %v", event["reminderMinutesBeforeStart"], test.minutes)
			}
		})
	}
}

func TestNewOutlookEventsAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]int{"none": 0, "category": 1, "all": 2} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulation.Options{Items: 1, Mailboxes: 1, Plain: true})
			mailbox := w.Company.Users[0].Email
			for i, categories := range [][]any{{"RAYNET"}, {}} {
				begin := time.Now().UTC().Add(time.Duration(48+i) * time.Hour).Truncate(time.Hour)
				if _, err := w.Outlook.CreateAs(mailbox, map[string]any{"subject": "Vlastní", "categories": categories,
					"start": moment(begin), "end": moment(begin.Add(time.Hour))}); err != nil {
					t.Fatal(err)
				}
			}
			a := open(t, app.Options{Config: w.settings(t, t.TempDir(), `new_from_outlook = "`+setting+`"`)})
			if _, err := a.Sync(t.Context(), admin.SyncOptions{}); err != nil {
				t.Fatal(err)
			}
			got := 0
			for _, meeting := range w.Raynet.All("meeting") {
				if meeting["title"] == "Vlastní" {
					got++
				}
			}
			if got != want {
				t.Errorf("%d of two Outlook events are in RAYNET, want %d", got, want)
			}
		})
	}
}

func moment(at time.Time) map[string]any {
	return map[string]any{"dateTime": at.Format("2006-01-02T15:04:05"), "timeZone": "UTC"}
}
