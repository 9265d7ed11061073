# Omezí kalendáře a kontakty na schránky jedné skupiny (RBAC pro aplikace v Exchange Online)
# Potřebuje PowerShell 7 a moduly: Install-Module ExchangeOnlineManagement, Microsoft.Graph.Applications
# Potřebuje role Správce Exchange (Organization Management) a Globální správce. Úkoly (To Do) a seznam uživatelů takto omezit nejde
$ErrorActionPreference = 'Stop'
$client = '22222222-2222-4222-8222-222222222222'
$principal = '33333333-3333-4333-8333-333333333333'
$group = 'Obchod a servis'
$inside = 'jana@example.cz'
$outside = 'petr@example.cz'
$name = 'Raynet Outlook Sync'

Connect-ExchangeOnline -ShowBanner:$false
Connect-MgGraph -NoWelcome -Scopes 'Application.Read.All', 'AppRoleAssignment.ReadWrite.All'
if (-not $principal) { $principal = (Get-MgServicePrincipal -Filter "appId eq '$client'").Id }

# Schránky: přímí členové skupiny; členové vnořených skupin se nepočítají
$dn = (Get-Recipient -Identity $group).DistinguishedName
$filter = "MemberOfGroup -eq '" + $dn.Replace("'", "''") + "'"
if (Get-ManagementScope -Identity $name -ErrorAction SilentlyContinue) {
    Set-ManagementScope -Identity $name -RecipientRestrictionFilter $filter
} else {
    New-ManagementScope -Name $name -RecipientRestrictionFilter $filter | Out-Null
}

# Aplikace v Exchange a její role jen pro tyto schránky
if (-not (Get-ServicePrincipal | Where-Object { $_.AppId -eq $client })) {
    New-ServicePrincipal -AppId $client -ObjectId $principal -DisplayName $name | Out-Null
}
foreach ($role in 'Application Calendars.ReadWrite', 'Application Contacts.ReadWrite') {
    if (-not (Get-ManagementRoleAssignment -Identity "$name $role" -ErrorAction SilentlyContinue)) {
        New-ManagementRoleAssignment -Name "$name $role" -App $principal -Role $role -CustomResourceScope $name | Out-Null
    }
}

# Souhlas pro všechny schránky se odebere: jinak by platil vedle omezení a omezení by nic neomezilo
$everywhere = 'ef54d2bf-783f-4e0f-bca1-3210c0444d99', '6918b873-d17a-4dc1-b314-35f528134491'
Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal -All |
    Where-Object { $everywhere -contains $_.AppRoleId } |
    ForEach-Object { Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal -AppRoleAssignmentId $_.Id }

# Zkouška: u první schránky má být InScope True, u druhé False
foreach ($mailbox in $inside, $outside) {
    Write-Host $mailbox
    Test-ServicePrincipalAuthorization -Identity $principal -Resource $mailbox | Format-Table RoleName, AllowedResourceScope, InScope
}
Write-Host 'Exchange si starý stav pamatuje 30 minut až 2 hodiny. Potom omezení ověřte na serveru:'
Write-Host ('raynetsync azure scope --inside {0} --outside {1}' -f $inside, $outside)
