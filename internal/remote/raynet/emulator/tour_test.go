package emulator_test

import (
	"fmt"
	"net/http"
	"testing"

	"raynetsync/internal/remote/raynet/emulator"
)

// A tour of everything the emulator answers; every exchange is held against the contract by the world's transport.
func TestEverythingItAnswersIsInTheContract(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{Switches: emulator.Switches{LooseTasks: true}})
	for _, entity := range []string{"meeting", "event", "phoneCall", "task"} {
		w.tourActivity(entity)
	}
	for _, path := range []string{
		"activity/", "email/", "person/", "company/", "userAccount/", "activityCategory/", "telType/", "securityLevel/",
		"webhook/",
	} {
		query := "limit=100&offset=0"
		if path == "webhook/" {
			query = ""
		}
		w.want(http.StatusOK, "GET", path, query, nil)
	}
	w.tourPeople()
	w.tourTheRest()
}

func (w *world) tourActivity(entity string) {
	w.t.Helper()
	body := w.meeting(map[string]any{
		"description": "<p>Program</p>", "tags": []any{"m365"}, "category": 2, "securityLevel": 1,
	})
	if entity == "task" {
		body["deadline"], body["resolver"] = "2026-03-07T17:00:00.000+01:00", w.petr
	}
	if entity == "task" || entity == "meeting" {
		body["person"] = w.contact
	}
	id := number(w.want(http.StatusCreated, "PUT", entity+"/", "", body).data()["id"])
	one := fmt.Sprintf("%s/%d/", entity, id)
	patch := map[string]any{
		"title": "Nově", "status": "COMPLETED", "priority": "CRITICAL", "tags": "a,b",
		"participants": []any{map[string]any{"person": w.petr}}, "customFields": map[string]any{"VIP_b91d1": true},
		"description": "Text",
	}
	if entity == "meeting" || entity == "event" {
		patch["meetingPlace"] = "Brno"
	}
	w.want(http.StatusOK, "POST", one, "", patch)
	w.want(http.StatusOK, "GET", one, "", nil)
	w.want(http.StatusOK, "GET", one, "dateFormat=ISO8601", nil)
	w.want(http.StatusOK, "GET", entity+"/", filter("rowInfo.lastModifiedAt[GE]", "2026-03-05 00:00",
		"sortColumn", "id", "sortDirection", "ASC", "limit", "1000", "dateFormat", "ISO8601"), nil)
	w.want(http.StatusOK, "PUT", one+"extId/", "", map[string]any{"extId": "m365:" + entity})
	w.want(http.StatusOK, "GET", entity+"/ext/m365:"+entity+"/", "", nil)
	w.want(http.StatusOK, "DELETE", one+"extId/m365:"+entity, "", nil)
	w.want(http.StatusNotFound, "GET", entity+"/ext/m365:"+entity+"/", "", nil)
	w.want(http.StatusOK, "POST", one+"lock", "", nil)
	w.want(http.StatusInternalServerError, "POST", one, "", map[string]any{"title": "x"})
	w.want(http.StatusOK, "POST", one+"unlock", "", nil)
	w.want(http.StatusOK, "DELETE", one, "", nil)
	w.want(http.StatusNotFound, "GET", one, "", nil)
}

func (w *world) tourPeople() {
	w.t.Helper()
	contact := map[string]any{
		"lastName": "Malá", "firstName": "Eva", "titleBefore": "Ing.", "gender": "FEMALE", "birthday": "1980-02-29",
		"owner": w.jana, "contactInfo": map[string]any{"email": "eva@acme.example", "tel1": "+420600000001", "tel1Type": "mobil"},
		"privateAddress": map[string]any{"street": "Dlouhá 1", "city": "Brno", "country": "CZ"},
		"relationship":   map[string]any{"company": w.acme, "type": "jednatelka"}, "tags": []any{"vip"}, "notice": "<p>x</p>",
	}
	id := number(w.want(http.StatusCreated, "PUT", "person/", "", contact).data()["id"])
	one := fmt.Sprintf("person/%d/", id)
	w.want(http.StatusOK, "POST", one, "", map[string]any{"salutation": "paní", "owner": w.petr})
	w.want(http.StatusOK, "GET", one, "", nil)
	w.want(http.StatusOK, "GET", "person/", "limit=1000&userAccount-id%5BNE%5D=", nil)
	w.want(http.StatusCreated, "PUT", one+"tag/", "", map[string]any{"tag": "a,b"})
	w.want(http.StatusOK, "DELETE", one+"tag/", "", map[string]any{"tag": "a"})
	rel := number(w.want(http.StatusCreated, "PUT", one+"relationship/", "",
		map[string]any{"company": w.acme, "type": "poradkyně"}).data()["id"])
	w.want(http.StatusOK, "POST", fmt.Sprintf("%srelationship/%d/setPrimary/", one, rel), "", nil)
	w.want(http.StatusOK, "POST", fmt.Sprintf("%srelationship/%d/", one, rel), "",
		map[string]any{"company": w.acme, "type": "ředitelka"})
	w.want(http.StatusOK, "DELETE", fmt.Sprintf("%srelationship/%d/", one, rel), "", nil)
	for _, call := range []string{"lock", "unlock", "invalid", "valid", "anonymize/"} {
		w.want(http.StatusOK, "POST", one+call, "", nil)
	}
	w.want(http.StatusOK, "POST", fmt.Sprintf("person/%d/merge/%d/", w.contact, id), "", nil)

	firm := map[string]any{"name": "Nová a.s.", "rating": "B", "state": "A_POTENTIAL", "role": "B_PARTNER"}
	id = number(w.want(http.StatusCreated, "PUT", "company/", "", firm).data()["id"])
	one = fmt.Sprintf("company/%d/", id)
	w.want(http.StatusOK, "POST", one, "", map[string]any{"notice": "poznámka"})
	place := map[string]any{"address": map[string]any{"name": "Sklad", "city": "Zlín", "country": "CZ"}}
	where := number(w.want(http.StatusCreated, "PUT", one+"address/", "", place).data()["id"])
	for _, call := range []string{"setPrimary/", "setContact/"} {
		w.want(http.StatusOK, "POST", fmt.Sprintf("%saddress/%d/%s", one, where, call), "", nil)
	}
	tie := number(w.want(http.StatusCreated, "PUT", one+"relationship/", "",
		map[string]any{"companyJoin": w.acme, "companyJoinType": "parent", "notice": "dcera"}).data()["id"])
	w.want(http.StatusOK, "GET", one+"relationship/", "", nil)
	inverse := w.want(http.StatusOK, "GET", fmt.Sprintf("company/%d/relationship/", w.acme), "", nil).rows()[0]
	if inverse["companyJoinType"] != "slave" {
		w.t.Errorf("the inverse of a parent: got %v, want slave", inverse["companyJoinType"])
	}
	w.want(http.StatusOK, "POST", fmt.Sprintf("%srelationship/%d/", one, tie), "", map[string]any{"notice": "x"})
	w.want(http.StatusOK, "DELETE", fmt.Sprintf("%srelationship/%d/", one, tie), "", nil)
	if rest := w.want(http.StatusOK, "GET", fmt.Sprintf("company/%d/relationship/", w.acme), "", nil).rows(); len(rest) != 0 {
		w.t.Errorf("after the delete: got %v", rest)
	}
	w.want(http.StatusOK, "GET", one, "", nil)
	w.want(http.StatusOK, "GET", "company/", "limit=1000", nil)
	w.want(http.StatusOK, "DELETE", one, "", nil)
	w.want(http.StatusInternalServerError, "DELETE", fmt.Sprintf("company/%d/", w.acme), "", nil)
}

func (w *world) tourTheRest() {
	w.t.Helper()
	account := w.want(http.StatusOK, "GET", "security/info", "", nil).body["userAccountId"]
	w.want(http.StatusOK, "GET", fmt.Sprintf("userAccount/%d/", number(account)), "", nil)
	w.want(http.StatusOK, "GET", "security/bearertoken", "", nil)
	code := number(w.want(http.StatusCreated, "PUT", "activityCategory/", "",
		map[string]any{"code01": "Výjezd", "code02": "8EA500"}).body["data"])
	w.want(http.StatusOK, "POST", fmt.Sprintf("activityCategory/%d/", code), "", map[string]any{"code01": "Cesta"})
	w.want(http.StatusOK, "DELETE", fmt.Sprintf("activityCategory/%d/", code), "", nil)
	hook := w.want(http.StatusCreated, "PUT", "webhook/", "", map[string]any{
		"url": "https://sync.example.cz/hook", "events": []any{"record.created"}, "secretToken": "fake",
	}).data()["uuid"]
	w.want(http.StatusOK, "POST", "webhook/technicalContact/", "", map[string]any{"technicalContacts": []any{"it@example.cz"}})
	w.want(http.StatusOK, "GET", "webhook/", "", nil)
	w.want(http.StatusOK, "DELETE", fmt.Sprintf("webhook/%s/", hook), "", nil)
}
