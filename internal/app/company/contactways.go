package company

import (
	"fmt"
	"maps"
	"strings"
)

// contactWays are the things that people do with the people they know.
func contactWays() []what {
	return []what{
		of(Contacts, raynetWay("změnil v RAYNETu telefon kontaktu „%s“", "změnila v RAYNETu telefon kontaktu „%s“", "changed the phone of “%s” in RAYNET", func(e Edit, item map[string]any) map[string]any {
			return map[string]any{"contactInfo": with(item["contactInfo"], map[string]any{"tel1": phone(200_000 + e.number), "tel1Type": "mobil"})}
		})),
		of(Contacts, outlookWay("změnil v Outlooku telefon kontaktu „%s“", "změnila v Outlooku telefon kontaktu „%s“", "changed the phone of “%s” in Outlook", func(e Edit, _ map[string]any) map[string]any {
			return map[string]any{"mobilePhone": phone(250_000 + e.number)}
		})),
		of(Contacts, raynetWay("doplnil v RAYNETu poznámku ke kontaktu „%s“", "doplnila v RAYNETu poznámku ke kontaktu „%s“", "added a note to the contact “%s” in RAYNET", func(e Edit, _ map[string]any) map[string]any {
			return map[string]any{"notice": fmt.Sprintf("<p>Poznámka č. %d: volat po obědě.</p>", e.number)}
		})),
		of(Contacts, raynetWay("změnil v RAYNETu adresu kontaktu „%s“", "změnila v RAYNETu adresu kontaktu „%s“", "changed the address of “%s” in RAYNET", func(e Edit, _ map[string]any) map[string]any {
			return map[string]any{"privateAddress": map[string]any{"street": street(e.number), "city": "Brno", "zipCode": zip(e.number), "country": "CZ"}}
		})),
		renamedContact(),
		of(Contacts, outlookWay("označil v Outlooku „%s“ kategorií", "označila v Outlooku „%s“ kategorií", "put “%s” into a category in Outlook", func(e Edit, _ map[string]any) map[string]any {
			return map[string]any{"categories": []any{[]string{"VIP", "dodavatel", "veletrh", "novoroční přání"}[e.number%4]}}
		})),
		{kind: Contacts, side: Raynet, op: Create, cs: "založil v RAYNETu kontakt „%s“", csFemale: "založila v RAYNETu kontakt „%s“", en: "created the contact “%s” in RAYNET"},
		{kind: Contacts, side: Outlook, op: Create, cs: "založil v Outlooku kontakt „%s“", csFemale: "založila v Outlooku kontakt „%s“", en: "created the contact “%s” in Outlook"},
		{kind: Contacts, side: Raynet, op: Delete, cs: "smazal v RAYNETu kontakt „%s“", csFemale: "smazala v RAYNETu kontakt „%s“", en: "deleted the contact “%s” in RAYNET",
			fits: func(_ *Company, item map[string]any) bool { return item["primaryRelationship"] == nil }}, // nobody at a client: no meeting names him
	}
}

// of makes a way one of another kind.
func of(kind Kind, way what) what {
	way.kind = kind
	return way
}

// with returns an object with some keys replaced.
func with(object any, more map[string]any) map[string]any {
	before, _ := object.(map[string]any)
	out := map[string]any{}
	maps.Copy(out, before)
	maps.Copy(out, more)
	return out
}

// renamedContact gives somebody a title, or takes it away.
func renamedContact() what {
	return of(Contacts, outlookWay("změnil v Outlooku titul kontaktu „%s“", "změnila v Outlooku titul kontaktu „%s“", "changed the title of “%s” in Outlook", func(_ Edit, item map[string]any) map[string]any {
		title, _ := item["title"].(string)
		if strings.HasPrefix(title, "Ing.") {
			return map[string]any{"title": "Mgr."}
		}
		return map[string]any{"title": "Ing."}
	}))
}
