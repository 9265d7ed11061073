package emulator_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/outlook/emulator"
)

func TestPeopleEditTheirContacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.newFolder(anna, "RAYNET")
	made, err := w.srv.CreateContactAs(anna, map[string]any{
		"givenName": "Jan", "parentFolderId": f, "birthday": "1980-02-29T22:00:00Z", "singleValueExtendedProperties": mark("p/1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	id := str(made["id"])
	want := map[string]any{
		"parentFolderId": f, "displayName": "Jan", "birthday": "1980-02-29T22:00:00Z", "surname": "", "homeAddress": map[string]any{},
		"emailAddresses": []any{}, "singleValueExtendedProperties": mark("p/1"),
	}
	for name, value := range want {
		if diff := cmp.Diff(value, made[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if err := w.srv.EditContactAs(anna, id, map[string]any{"displayName": "Honza"}); err != nil {
		t.Fatal(err)
	}
	if err := w.srv.EditContactAs(anna, id, map[string]any{"mobilePhone": "1"}); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.srv.Contact(anna, id); got["displayName"] != "Honza" {
		t.Errorf("a new phone number made %v of the name", got["displayName"])
	}
	cp, err := w.srv.CopyContactAs(anna, id)
	if err != nil || cp["id"] == id || cp["parentFolderId"] != f {
		t.Fatalf("copy: %v, %v", cp, err)
	}
	if diff := cmp.Diff(any(mark("p/1")), cp["singleValueExtendedProperties"]); diff != "" {
		t.Errorf("the copy's mark (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Honza", "Honza"}, displayNames(w.srv.Contacts(anna))); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
	_, isEvent := w.srv.Get(anna, id)
	if err := w.srv.DeleteAs(anna, id); !errors.Is(err, emulator.ErrUnknown) || isEvent {
		t.Errorf("a contact is taken for an event: %v", err)
	}
}

func TestADeletedContactComesBackWithItsID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.newFolder(anna, "RAYNET")
	id := str(w.contact(anna, f, fullContact())["id"])
	before, _ := w.srv.Contact(anna, id)
	_, link, _ := w.round(contactDelta(anna, f))
	if err := w.srv.DeleteContactAs(anna, id); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.srv.Contact(anna, id); ok {
		t.Error("deleted and still there")
	}
	if err := w.srv.RestoreAs(anna, id); !errors.Is(err, emulator.ErrUnknown) {
		t.Errorf("restored as an event: %v", err)
	}
	if err := w.srv.RestoreContactAs(anna, id); err != nil {
		t.Fatal(err)
	}
	after, _ := w.srv.Contact(anna, id)
	for _, name := range []string{"@odata.etag", "changeKey", "lastModifiedDateTime"} {
		delete(before, name)
		delete(after, name)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("before and after (-want +got):\n%s", diff)
	}
	if entries, _, _ := w.round(link); len(entries) != 1 || entries[0]["id"] != id || entries[0]["@removed"] != nil {
		t.Errorf("told %v", toldContacts(entries))
	}
	if err := w.srv.DeleteContactAs(anna, id); err != nil {
		t.Fatal(err)
	}
	if err := w.srv.DeleteContactFolderAs(anna, f); err != nil {
		t.Fatal(err)
	}
	if err := w.srv.RestoreContactAs(anna, id); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.srv.Contact(anna, id); got["parentFolderId"] != w.folders(anna)["Contacts"] {
		t.Errorf("restored to %v, want the default folder", got["parentFolderId"])
	}
}

func TestPeopleCannotEditWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := str(w.contact(anna, "", fullContact())["id"])
	_, created := w.srv.CreateContactAs(anna, map[string]any{"parentFolderId": "x"})
	_, copied := w.srv.CopyContactAs(anna, "x")
	for name, err := range map[string]error{
		"create": created, "copy": copied, "edit": w.srv.EditContactAs(anna, "x", nil), "delete": w.srv.DeleteContactAs("nobody", id),
		"restore": w.srv.RestoreContactAs(anna, id), "move": w.srv.MoveContactAs(anna, id, "x"),
		"rename": w.srv.RenameContactFolderAs(anna, w.folders(anna)["Contacts"], "x"), "delete folder": w.srv.DeleteContactFolderAs(anna, "x"),
	} {
		if !errors.Is(err, emulator.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.srv.EditContactAs(anna, id, map[string]any{"town": "x"}); !errors.Is(err, emulator.ErrRefused) {
		t.Errorf("unknown property: %v", err)
	}
	if _, err := w.srv.CreateContactFolderAs(anna, "contacts"); !errors.Is(err, emulator.ErrRefused) {
		t.Errorf("second folder of a name: %v", err)
	}
}
