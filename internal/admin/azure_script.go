package admin

import (
	"fmt"
	"strings"

	"raynetsync/internal/locale"
	"raynetsync/internal/remote/entra"
)

// AzureCLIScript returns a Bash script that does with the Azure CLI what AzureSession.Register does: the application, its four
// permissions with the consent, a secret (G-164); it prints the values that the configuration needs. Comments and messages are in the
// language of the texts. An empty name is DefaultApplication.
func AzureCLIScript(texts *locale.Texts, name string) string {
	if name = strings.TrimSpace(name); name == "" {
		name = DefaultApplication
	}
	say := func(code string) string { return shell(texts.T("azure-script."+code, nil)) }
	note := func(code string) string { return "# " + texts.T("azure-script."+code, nil) }
	var roles strings.Builder
	for _, permission := range entra.Permissions() {
		fmt.Fprintf(&roles, "  %s # %s\n", permission.ID, permission.Name)
	}
	filter := "displayName eq '" + strings.ReplaceAll(name, "'", "''") + "'"
	lines := []string{
		"#!/usr/bin/env bash",
		note("az-what"),
		note("az-role"),
		"set -euo pipefail",
		"",
		"name=" + shell(name),
		"graph=" + entra.GraphClientID,
		"roles=(",
		strings.TrimRight(roles.String(), "\n"),
		")",
		"",
		note("az-patience"),
		"patiently() {",
		"  local try",
		"  for try in 1 2 3 4 5 6 7 8 9 10 11 12; do",
		"    if \"$@\"; then return 0; fi",
		"    sleep 10",
		"  done",
		"  echo " + say("az-gave-up") + " >&2",
		"  return 1",
		"}",
		"",
		"az account show --output none 2>/dev/null || az login --allow-no-subscriptions --output none",
		"tenant=$(az account show --query tenantId --output tsv)",
		"",
		note("az-find"),
		"client=$(az ad app list --filter " + shell(filter) + " --query '[].appId' --output tsv | tr -d '\\r')",
		"if [ \"$(printf '%s\\n' \"$client\" | grep -c .)\" -gt 1 ]; then",
		"  echo " + say("az-several") + " >&2",
		"  exit 1",
		"fi",
		"if [ -z \"$client\" ]; then",
		"  " + note("az-ask"),
		"  access=$(printf ',{\"id\":\"%s\",\"type\":\"Role\"}' \"${roles[@]}\")",
		"  client=$(az ad app create --display-name \"$name\" --sign-in-audience AzureADMyOrg --query appId --output tsv \\",
		"    --required-resource-accesses \"[{\\\"resourceAppId\\\":\\\"$graph\\\",\\\"resourceAccess\\\":[${access#,}]}]\" | tr -d '\\r')",
		"fi",
		"",
		note("az-principal"),
		"if ! az ad sp show --id \"$client\" --output none 2>/dev/null; then",
		"  patiently az ad sp create --id \"$client\" --output none",
		"fi",
		"principal=$(patiently az ad sp show --id \"$client\" --query id --output tsv | tr -d '\\r')",
		"resource=$(az ad sp show --id \"$graph\" --query id --output tsv | tr -d '\\r')",
		"",
		note("az-consent"),
		"assignments=\"https://graph.microsoft.com/v1.0/servicePrincipals/$principal/appRoleAssignments\"",
		"for role in \"${roles[@]}\"; do",
		"  granted=$(patiently az rest --method GET --uri \"$assignments\" --query \"value[?appRoleId=='$role'].id\" --output tsv)",
		"  if [ -z \"$granted\" ]; then",
		"    patiently az rest --method POST --uri \"$assignments\" --output none --headers 'Content-Type=application/json' \\",
		"      --body \"{\\\"principalId\\\":\\\"$principal\\\",\\\"resourceId\\\":\\\"$resource\\\",\\\"appRoleId\\\":\\\"$role\\\"}\"",
		"  fi",
		"done",
		"",
		note("az-secret"),
		"secret=$(az ad app credential reset --id \"$client\" --append --display-name raynetsync --years 2 --query password --output tsv --only-show-errors | tr -d '\\r')",
		"",
		"echo",
		"echo " + say("az-values"),
		"printf 'RAYNETSYNC_MICROSOFT_TENANT_ID=%s\\n' \"$tenant\"",
		"printf 'RAYNETSYNC_MICROSOFT_CLIENT_ID=%s\\n' \"$client\"",
		"printf 'RAYNETSYNC_MICROSOFT_CLIENT_SECRET=%s\\n' \"$secret\"",
		"echo",
		"printf '%s %s\\n' " + say("az-principal-id") + " \"$principal\"",
		"",
	}
	return strings.Join(lines, "\n")
}

// shell quotes a text for Bash.
func shell(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// ExchangeScope is what ExchangeScript limits to what.
type ExchangeScope struct {
	// ClientID and PrincipalID are the application's: the latter is the object id of the enterprise application, not of the
	// registration. The script looks it up if it is empty.
	ClientID, PrincipalID string
	// Group is a mail-enabled group whose direct members are the mailboxes; any name that Exchange knows it by.
	Group string
	// Inside and Outside are a mailbox of the group and one that is not in it, for the test.
	Inside, Outside string
}

// ExchangeScript returns a PowerShell script that limits calendars and contacts to the mailboxes of a group (RBAC for
// Applications), takes the consent for all mailboxes away and tests the result (G-74, G-163). The language is that of the texts.
func ExchangeScript(texts *locale.Texts, scope ExchangeScope) string {
	say := func(code string) string { return power(texts.T("azure-script."+code, nil)) }
	note := func(code string) string { return "# " + texts.T("azure-script."+code, nil) }
	lines := []string{
		note("ps-what"),
		note("ps-modules"),
		note("ps-rights"),
		"$ErrorActionPreference = 'Stop'",
		"$client = " + power(scope.ClientID),
		"$principal = " + power(scope.PrincipalID),
		"$group = " + power(scope.Group),
		"$inside = " + power(scope.Inside),
		"$outside = " + power(scope.Outside),
		"$name = " + power(DefaultApplication),
		"",
		"Connect-ExchangeOnline -ShowBanner:$false",
		"Connect-MgGraph -NoWelcome -Scopes 'Application.Read.All', 'AppRoleAssignment.ReadWrite.All'",
		"if (-not $principal) { $principal = (Get-MgServicePrincipal -Filter \"appId eq '$client'\").Id }",
		"",
		note("ps-scope"),
		"$dn = (Get-Recipient -Identity $group).DistinguishedName",
		"$filter = \"MemberOfGroup -eq '\" + $dn.Replace(\"'\", \"''\") + \"'\"",
		"if (Get-ManagementScope -Identity $name -ErrorAction SilentlyContinue) {",
		"    Set-ManagementScope -Identity $name -RecipientRestrictionFilter $filter",
		"} else {",
		"    New-ManagementScope -Name $name -RecipientRestrictionFilter $filter | Out-Null",
		"}",
		"",
		note("ps-principal"),
		"if (-not (Get-ServicePrincipal | Where-Object { $_.AppId -eq $client })) {",
		"    New-ServicePrincipal -AppId $client -ObjectId $principal -DisplayName $name | Out-Null",
		"}",
		"foreach ($role in 'Application Calendars.ReadWrite', 'Application Contacts.ReadWrite') {",
		"    if (-not (Get-ManagementRoleAssignment -Identity \"$name $role\" -ErrorAction SilentlyContinue)) {",
		"        New-ManagementRoleAssignment -Name \"$name $role\" -App $principal -Role $role -CustomResourceScope $name | Out-Null",
		"    }",
		"}",
		"",
		note("ps-consent"),
		"$everywhere = " + power(permissionID("Calendars.ReadWrite")) + ", " + power(permissionID("Contacts.ReadWrite")),
		"Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal -All |",
		"    Where-Object { $everywhere -contains $_.AppRoleId } |",
		"    ForEach-Object { Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal -AppRoleAssignmentId $_.Id }",
		"",
		note("ps-test"),
		"foreach ($mailbox in $inside, $outside) {",
		"    Write-Host $mailbox",
		"    Test-ServicePrincipalAuthorization -Identity $principal -Resource $mailbox | Format-Table RoleName, AllowedResourceScope, InScope",
		"}",
		"Write-Host " + say("ps-wait"),
		"Write-Host ('raynetsync azure scope --inside {0} --outside {1}' -f $inside, $outside)",
		"",
	}
	return strings.Join(lines, "\n")
}

func permissionID(name string) string {
	for _, permission := range entra.Permissions() {
		if permission.Name == name {
			return permission.ID
		}
	}
	return ""
}

// power quotes a text for PowerShell, which takes typographic apostrophes for straight ones. Line breaks become spaces.
func power(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range text {
		if strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}
