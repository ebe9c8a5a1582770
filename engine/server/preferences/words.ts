/** What the pages for people say, in the languages that we speak; what purposes and rhythms are called, the workspace says. */

export interface PageWords {
  readonly title: string;
  readonly intro: (name: string) => string;
  readonly channel: Readonly<Record<string, string>>;
  /** Said in place of a type of channel that has no word. */
  readonly otherChannel: string;
  readonly pending: string;
  readonly pendingHere: string;
  readonly frequency: string;
  readonly asUsual: string;
  readonly pause: string;
  readonly pauseUntil: (day: string) => string;
  readonly pauseHint: string;
  readonly language: string;
  readonly save: string;
  readonly stopAll: string;
  readonly stopAllHint: string;
  readonly saved: string;
  readonly nothingChanged: string;
  readonly unsubscribeTitle: string;
  readonly unsubscribeAsk: (what: string, channel: string) => string;
  readonly unsubscribeDo: string;
  readonly unsubscribed: (what: string, channel: string) => string;
  readonly toPreferences: string;
  readonly confirmTitle: string;
  readonly confirmAsk: (what: string, channel: string) => string;
  readonly confirmDo: string;
  readonly confirmed: (what: string, channel: string) => string;
  readonly refusedMeanwhile: (what: string) => string;
  readonly badTitle: string;
  readonly forged: string;
  readonly expired: string;
  readonly gone: string;
  readonly privacy: string;
}

const en: PageWords = {
  title: 'Your preferences',
  intro: (name) => `Choose what ${name} may send you, and how. Nothing changes until you save.`,
  channel: {
    email: 'Email',
    sms: 'SMS',
    whatsapp: 'WhatsApp',
    push: 'App notifications',
    'call-list': 'Phone calls',
    print: 'Post',
    'on-site': 'On our site',
    audience: 'Advertisements',
  },
  otherChannel: 'Other messages',
  pending: 'Waiting for your confirmation: follow the link that we sent you.',
  pendingHere: 'Waiting for your confirmation: leave it ticked and save to confirm.',
  frequency: 'How often',
  asUsual: 'As usual',
  pause: 'Take a break',
  pauseUntil: (day) => `No messages until ${day}`,
  pauseHint: 'Messages about your orders and your account still reach you.',
  language: 'Language',
  save: 'Save',
  stopAll: 'Unsubscribe from everything',
  stopAllHint: 'Refuses everything above at once.',
  saved: 'Your choices are saved.',
  nothingChanged: 'Nothing has changed: this was saved before.',
  unsubscribeTitle: 'Unsubscribe',
  unsubscribeAsk: (what, channel) => `Stop receiving “${what}” (${channel})?`,
  unsubscribeDo: 'Unsubscribe',
  unsubscribed: (what, channel) => `Done. You will not receive “${what}” (${channel}) any more.`,
  toPreferences: 'Choose what you receive',
  confirmTitle: 'Confirm',
  confirmAsk: (what, channel) => `You asked for “${what}” (${channel}). Is that right?`,
  confirmDo: 'Yes, I confirm',
  confirmed: (what, channel) => `Thank you. You have confirmed “${what}” (${channel}).`,
  refusedMeanwhile: (what) => `You have refused “${what}” since, so there is nothing to confirm.`,
  badTitle: 'This link does not work',
  forged: 'The address is not complete, or it is not one of ours. Follow the link in the message again.',
  expired: 'The link is too old. Follow the link in a newer message.',
  gone: 'There is nobody any more to whom this link belongs. No messages will be sent.',
  privacy: 'How we treat your data',
};

const es: PageWords = {
  title: 'Tus preferencias',
  intro: (name) => `Elige qué puede enviarte ${name} y por qué medio. Nada cambia hasta que guardes.`,
  channel: {
    email: 'Correo electrónico',
    sms: 'SMS',
    whatsapp: 'WhatsApp',
    push: 'Notificaciones de la app',
    'call-list': 'Llamadas',
    print: 'Correo postal',
    'on-site': 'En nuestro sitio',
    audience: 'Anuncios',
  },
  otherChannel: 'Otros mensajes',
  pending: 'Falta tu confirmación: sigue el enlace que te enviamos.',
  pendingHere: 'Falta tu confirmación: deja la casilla marcada y guarda para confirmar.',
  frequency: 'Con qué frecuencia',
  asUsual: 'Como siempre',
  pause: 'Tómate un descanso',
  pauseUntil: (day) => `Ningún mensaje hasta el ${day}`,
  pauseHint: 'Los mensajes sobre tus pedidos y tu cuenta te seguirán llegando.',
  language: 'Idioma',
  save: 'Guardar',
  stopAll: 'Darme de baja de todo',
  stopAllHint: 'Rechaza de una vez todo lo anterior.',
  saved: 'Tus preferencias se han guardado.',
  nothingChanged: 'No ha cambiado nada: ya estaba guardado.',
  unsubscribeTitle: 'Darse de baja',
  unsubscribeAsk: (what, channel) => `¿Quieres dejar de recibir «${what}» (${channel})?`,
  unsubscribeDo: 'Darme de baja',
  unsubscribed: (what, channel) => `Hecho. Ya no recibirás «${what}» (${channel}).`,
  toPreferences: 'Elegir qué recibo',
  confirmTitle: 'Confirmar',
  confirmAsk: (what, channel) => `Pediste «${what}» (${channel}). ¿Es correcto?`,
  confirmDo: 'Sí, lo confirmo',
  confirmed: (what, channel) => `Gracias. Has confirmado «${what}» (${channel}).`,
  refusedMeanwhile: (what) => `Desde entonces rechazaste «${what}», así que no hay nada que confirmar.`,
  badTitle: 'Este enlace no funciona',
  forged: 'La dirección no está completa o no es nuestra. Vuelve a seguir el enlace del mensaje.',
  expired: 'El enlace es demasiado antiguo. Sigue el enlace de un mensaje más reciente.',
  gone: 'Ya no hay nadie a quien pertenezca este enlace. No se enviará ningún mensaje.',
  privacy: 'Cómo tratamos tus datos',
};

const fr: PageWords = {
  title: 'Vos préférences',
  intro: (name) => `Choisissez ce que ${name} peut vous envoyer, et comment. Rien ne change avant l’enregistrement.`,
  channel: {
    email: 'E-mail',
    sms: 'SMS',
    whatsapp: 'WhatsApp',
    push: 'Notifications de l’application',
    'call-list': 'Appels',
    print: 'Courrier postal',
    'on-site': 'Sur notre site',
    audience: 'Publicités',
  },
  otherChannel: 'Autres messages',
  pending: 'En attente de votre confirmation : suivez le lien que nous vous avons envoyé.',
  pendingHere: 'En attente de votre confirmation : laissez la case cochée et enregistrez pour confirmer.',
  frequency: 'À quel rythme',
  asUsual: 'Comme d’habitude',
  pause: 'Faire une pause',
  pauseUntil: (day) => `Aucun message jusqu’au ${day}`,
  pauseHint: 'Les messages sur vos commandes et votre compte vous parviennent toujours.',
  language: 'Langue',
  save: 'Enregistrer',
  stopAll: 'Me désabonner de tout',
  stopAllHint: 'Refuse en une fois tout ce qui précède.',
  saved: 'Vos choix sont enregistrés.',
  nothingChanged: 'Rien n’a changé : c’était déjà enregistré.',
  unsubscribeTitle: 'Se désabonner',
  unsubscribeAsk: (what, channel) => `Ne plus recevoir « ${what} » (${channel}) ?`,
  unsubscribeDo: 'Me désabonner',
  unsubscribed: (what, channel) => `C’est fait. Vous ne recevrez plus « ${what} » (${channel}).`,
  toPreferences: 'Choisir ce que je reçois',
  confirmTitle: 'Confirmer',
  confirmAsk: (what, channel) => `Vous avez demandé « ${what} » (${channel}). Est-ce exact ?`,
  confirmDo: 'Oui, je confirme',
  confirmed: (what, channel) => `Merci. Vous avez confirmé « ${what} » (${channel}).`,
  refusedMeanwhile: (what) => `Vous avez refusé « ${what} » depuis : il n’y a rien à confirmer.`,
  badTitle: 'Ce lien ne fonctionne pas',
  forged: 'L’adresse est incomplète ou n’est pas la nôtre. Suivez de nouveau le lien du message.',
  expired: 'Le lien est trop ancien. Suivez le lien d’un message plus récent.',
  gone: 'Plus personne ne correspond à ce lien. Aucun message ne sera envoyé.',
  privacy: 'Comment nous traitons vos données',
};

const de: PageWords = {
  title: 'Ihre Einstellungen',
  intro: (name) => `Wählen Sie, was ${name} Ihnen senden darf und wie. Nichts ändert sich, bevor Sie speichern.`,
  channel: {
    email: 'E-Mail',
    sms: 'SMS',
    whatsapp: 'WhatsApp',
    push: 'App-Mitteilungen',
    'call-list': 'Anrufe',
    print: 'Briefpost',
    'on-site': 'Auf unserer Website',
    audience: 'Werbeanzeigen',
  },
  otherChannel: 'Andere Nachrichten',
  pending: 'Ihre Bestätigung fehlt noch: Folgen Sie dem Link, den wir Ihnen gesendet haben.',
  pendingHere: 'Ihre Bestätigung fehlt noch: Lassen Sie das Kästchen angekreuzt und speichern Sie.',
  frequency: 'Wie oft',
  asUsual: 'Wie üblich',
  pause: 'Eine Pause machen',
  pauseUntil: (day) => `Keine Nachrichten bis ${day}`,
  pauseHint: 'Nachrichten zu Ihren Bestellungen und Ihrem Konto erhalten Sie weiterhin.',
  language: 'Sprache',
  save: 'Speichern',
  stopAll: 'Alles abbestellen',
  stopAllHint: 'Lehnt alles oben Genannte auf einmal ab.',
  saved: 'Ihre Auswahl ist gespeichert.',
  nothingChanged: 'Nichts hat sich geändert: Das war schon gespeichert.',
  unsubscribeTitle: 'Abbestellen',
  unsubscribeAsk: (what, channel) => `„${what}“ (${channel}) nicht mehr erhalten?`,
  unsubscribeDo: 'Abbestellen',
  unsubscribed: (what, channel) => `Erledigt. Sie erhalten „${what}“ (${channel}) nicht mehr.`,
  toPreferences: 'Wählen, was ich erhalte',
  confirmTitle: 'Bestätigen',
  confirmAsk: (what, channel) => `Sie haben „${what}“ (${channel}) bestellt. Ist das richtig?`,
  confirmDo: 'Ja, ich bestätige',
  confirmed: (what, channel) => `Danke. Sie haben „${what}“ (${channel}) bestätigt.`,
  refusedMeanwhile: (what) => `Sie haben „${what}“ seither abgelehnt, es gibt also nichts zu bestätigen.`,
  badTitle: 'Dieser Link funktioniert nicht',
  forged: 'Die Adresse ist unvollständig oder nicht von uns. Folgen Sie dem Link in der Nachricht noch einmal.',
  expired: 'Der Link ist zu alt. Folgen Sie dem Link in einer neueren Nachricht.',
  gone: 'Zu diesem Link gehört niemand mehr. Es werden keine Nachrichten gesendet.',
  privacy: 'Wie wir mit Ihren Daten umgehen',
};

const pt: PageWords = {
  title: 'As suas preferências',
  intro: (name) => `Escolha o que ${name} pode enviar-lhe e como. Nada muda até guardar.`,
  channel: {
    email: 'E-mail',
    sms: 'SMS',
    whatsapp: 'WhatsApp',
    push: 'Notificações da aplicação',
    'call-list': 'Chamadas',
    print: 'Correio',
    'on-site': 'No nosso site',
    audience: 'Anúncios',
  },
  otherChannel: 'Outras mensagens',
  pending: 'Falta a sua confirmação: siga a ligação que lhe enviámos.',
  pendingHere: 'Falta a sua confirmação: deixe a caixa marcada e guarde para confirmar.',
  frequency: 'Com que frequência',
  asUsual: 'Como habitualmente',
  pause: 'Fazer uma pausa',
  pauseUntil: (day) => `Nenhuma mensagem até ${day}`,
  pauseHint: 'As mensagens sobre as suas encomendas e a sua conta continuam a chegar.',
  language: 'Idioma',
  save: 'Guardar',
  stopAll: 'Cancelar tudo',
  stopAllHint: 'Recusa de uma só vez tudo o que está acima.',
  saved: 'As suas escolhas foram guardadas.',
  nothingChanged: 'Nada mudou: já estava guardado.',
  unsubscribeTitle: 'Cancelar a subscrição',
  unsubscribeAsk: (what, channel) => `Deixar de receber “${what}” (${channel})?`,
  unsubscribeDo: 'Cancelar',
  unsubscribed: (what, channel) => `Feito. Não voltará a receber “${what}” (${channel}).`,
  toPreferences: 'Escolher o que recebo',
  confirmTitle: 'Confirmar',
  confirmAsk: (what, channel) => `Pediu “${what}” (${channel}). Está certo?`,
  confirmDo: 'Sim, confirmo',
  confirmed: (what, channel) => `Obrigado. Confirmou “${what}” (${channel}).`,
  refusedMeanwhile: (what) => `Entretanto recusou “${what}”, por isso não há nada a confirmar.`,
  badTitle: 'Esta ligação não funciona',
  forged: 'O endereço não está completo ou não é nosso. Siga de novo a ligação da mensagem.',
  expired: 'A ligação é demasiado antiga. Siga a ligação de uma mensagem mais recente.',
  gone: 'Já não há ninguém a quem esta ligação pertença. Nenhuma mensagem será enviada.',
  privacy: 'Como tratamos os seus dados',
};

const it: PageWords = {
  title: 'Le tue preferenze',
  intro: (name) => `Scegli che cosa può inviarti ${name} e come. Nulla cambia finché non salvi.`,
  channel: {
    email: 'E-mail',
    sms: 'SMS',
    whatsapp: 'WhatsApp',
    push: 'Notifiche dell’app',
    'call-list': 'Telefonate',
    print: 'Posta',
    'on-site': 'Sul nostro sito',
    audience: 'Annunci',
  },
  otherChannel: 'Altri messaggi',
  pending: 'Manca la tua conferma: segui il link che ti abbiamo inviato.',
  pendingHere: 'Manca la tua conferma: lascia la casella selezionata e salva per confermare.',
  frequency: 'Con quale frequenza',
  asUsual: 'Come al solito',
  pause: 'Fai una pausa',
  pauseUntil: (day) => `Nessun messaggio fino al ${day}`,
  pauseHint: 'I messaggi sui tuoi ordini e sul tuo account continuano ad arrivare.',
  language: 'Lingua',
  save: 'Salva',
  stopAll: 'Annulla tutte le iscrizioni',
  stopAllHint: 'Rifiuta in una volta tutto quanto sopra.',
  saved: 'Le tue scelte sono salvate.',
  nothingChanged: 'Nulla è cambiato: era già salvato.',
  unsubscribeTitle: 'Annulla l’iscrizione',
  unsubscribeAsk: (what, channel) => `Non ricevere più «${what}» (${channel})?`,
  unsubscribeDo: 'Annulla l’iscrizione',
  unsubscribed: (what, channel) => `Fatto. Non riceverai più «${what}» (${channel}).`,
  toPreferences: 'Scegli che cosa ricevere',
  confirmTitle: 'Conferma',
  confirmAsk: (what, channel) => `Hai chiesto «${what}» (${channel}). È giusto?`,
  confirmDo: 'Sì, confermo',
  confirmed: (what, channel) => `Grazie. Hai confermato «${what}» (${channel}).`,
  refusedMeanwhile: (what) => `Nel frattempo hai rifiutato «${what}»: non c’è nulla da confermare.`,
  badTitle: 'Questo link non funziona',
  forged: 'L’indirizzo è incompleto o non è nostro. Segui di nuovo il link del messaggio.',
  expired: 'Il link è troppo vecchio. Segui il link di un messaggio più recente.',
  gone: 'Questo link non appartiene più a nessuno. Non verrà inviato alcun messaggio.',
  privacy: 'Come trattiamo i tuoi dati',
};

const byLanguage: Readonly<Record<string, PageWords>> = { en, es, fr, de, pt, it };

/** The words of a language; English where we don't speak it. */
export function pageWords(locale: string): { readonly words: PageWords; readonly language: string } {
  const language = locale.split('-', 1)[0] ?? 'en';
  const words = byLanguage[language];
  return words === undefined ? { words: en, language: 'en' } : { words, language: locale };
}

export const pageLanguages: readonly string[] = Object.keys(byLanguage);
