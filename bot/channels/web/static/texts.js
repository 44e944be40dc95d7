// What the page itself says, in three languages. Chips are [title, the question that is sent].

const HANS = {
  language: "语言", auto: "自动", write: "写下您的问题", send: "发送", transcript: "对话",
  states: { connecting: "正在连接…", open: "已连接", offline: "没有连接", replaced: "已在别处打开" },
  offline: "没有网络。您写的消息会在恢复后发出。",
  unreachable: "暂时连不上口岸通，正在重试。您写的消息会在恢复后发出。",
  replaced: "这个对话在太多页面上打开了，这里已停下。", resume: "在这里继续",
  hello: "您好，我是口岸通",
  about: "报关、原产地证、预约通关、展会、旅客行李——请直接提问，每个答案都附来源和核对日期。",
  chips: [
    ["报关期限", "进口货物几天内要申报？"], ["原产地证", "原产地证书怎么申领？"],
    ["24小时预约", "24小时预约通关怎么办？"], ["展会标签", "展会专用标签怎么办理？"],
    ["旅客行李", "入境旅客免税额度是多少？"], ["关注货物", "我想跟踪一票货的通关状态"],
  ],
  you: "您", bot: "口岸通", push: "通知", typing: "正在回答…", newer: "有新消息 ↓", join: "加入企业", unread: "以下是新消息",
  queued: "等待连接…", failed: "没有发出", unanswered: "没有收到回答", retry: "重发",
  attach: "添加文件或图片", camera: "拍照", removeFile: "移除", uploading: "正在上传",
  notUploaded: "没有传上去。请检查网络后移除并重新添加。", tooLarge: "文件太大。",
  changed: "通知已更正", removed: "一条通知已被撤下。", emergency: "紧急通知", until: (at) => `有效至 ${at}`,
  sources: "来源", inForce: "施行自", checked: "核对于", chosen: "已选择", newTab: "在新窗口打开",
  tooLong: (over) => `超出${over}字`,
};

const HANT = {
  language: "語言", auto: "自動", write: "寫下您的問題", send: "傳送", transcript: "對話",
  states: { connecting: "正在連接…", open: "已連接", offline: "沒有連接", replaced: "已在別處開啟" },
  offline: "沒有網絡。您寫的訊息會在恢復後發出。",
  unreachable: "暫時連不上口岸通，正在重試。您寫的訊息會在恢復後發出。",
  replaced: "這個對話在太多頁面上開啟了，這裏已停下。", resume: "在這裏繼續",
  hello: "您好，我是口岸通",
  about: "報關、原產地證、預約通關、展會、旅客行李——請直接提問，每個答案都附來源和核對日期。",
  chips: [
    ["報關期限", "進口貨物幾天內要申報？"], ["原產地證", "原產地證書怎麼申領？"],
    ["24小時預約", "24小時預約通關怎麼辦？"], ["展會標籤", "展會專用標籤怎麼辦理？"],
    ["旅客行李", "入境旅客免稅額度是多少？"], ["關注貨物", "我想跟蹤一票貨的通關狀態"],
  ],
  you: "您", bot: "口岸通", push: "通知", typing: "正在回答…", newer: "有新訊息 ↓", join: "加入企業", unread: "以下是新訊息",
  queued: "等待連接…", failed: "沒有發出", unanswered: "沒有收到回答", retry: "重發",
  attach: "加入檔案或圖片", camera: "拍照", removeFile: "移除", uploading: "正在上載",
  notUploaded: "沒有傳上去。請檢查網絡後移除並重新加入。", tooLarge: "檔案太大。",
  changed: "通知已更正", removed: "一則通知已被撤下。", emergency: "緊急通知", until: (at) => `有效至 ${at}`,
  sources: "來源", inForce: "施行自", checked: "核對於", chosen: "已選擇", newTab: "在新視窗開啟",
  tooLong: (over) => `超出${over}字`,
};

const EN = {
  language: "Language", auto: "Auto", write: "Write your question", send: "Send", transcript: "Conversation",
  states: { connecting: "Connecting…", open: "Connected", offline: "Not connected", replaced: "Open elsewhere" },
  offline: "You are offline. What you write is sent when you are back.",
  unreachable: "Kouan cannot be reached just now; trying again. What you write is sent then.",
  replaced: "This conversation is open on too many pages, so this one has stopped.", resume: "Go on here",
  hello: "Hello, I am Kouan",
  about: "Declarations, certificates of origin, booked clearance, exhibitions, what travellers may carry: just ask. "
    + "Every answer names its source and when it was checked.",
  chips: [
    ["Declarations", "How many days do I have to declare imports?"],
    ["Origin certificates", "How do I apply for a certificate of origin?"],
    ["24-hour booking", "How do I book clearance outside office hours?"],
    ["Expo labels", "How do I get special labels for an expo?"],
    ["Travellers", "What is the duty-free allowance for travellers?"],
    ["Follow a shipment", "I want to follow the status of a shipment"],
  ],
  you: "You", bot: "Kouan", push: "Notice", typing: "Answering…", newer: "New messages ↓", join: "Join a firm", unread: "New messages",
  queued: "Waiting for the connection…", failed: "Not sent", unanswered: "No answer came", retry: "Send again",
  attach: "Add a file or picture", camera: "Take a photo", removeFile: "Remove", uploading: "Uploading",
  notUploaded: "It was not uploaded. Check the connection, remove it and add it again.", tooLarge: "The file is too large.",
  changed: "Notice corrected", removed: "A notice was taken back.",
  emergency: "Emergency notice", until: (at) => `until ${at}`,
  sources: "Sources", inForce: "In force since", checked: "Checked on", chosen: "chosen", newTab: "opens a new window",
  tooLong: (over) => `${over} too many`,
};

export const TEXTS = { "zh-Hans": HANS, "zh-Hant": HANT, en: EN };

/** The texts of a language; of the page's own when the language is unknown. */
export function textsOf(language) {
  return TEXTS[language] ?? TEXTS[document.documentElement.lang] ?? HANS;
}

/** A day (YYYY-MM-DD) as people write it. */
export function day(iso, language) {
  const [year, month, date] = iso.split("-").map(Number);
  if (language !== "en") return `${year}年${month}月${date}日`;
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(Date.UTC(year, month - 1, date));
}

/** A moment: the hour alone when it is today, with the day before. */
export function moment(iso, language) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  const style = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  const locale = { "zh-Hans": "zh-CN", "zh-Hant": "zh-HK", en: "en-GB" }[language];
  return new Intl.DateTimeFormat(locale, { hourCycle: "h23", ...style }).format(at);
}

/** The language a text is written in, for screen readers; `chinese`: which Chinese is meant. */
export function writtenIn(text, chinese) {
  return /\p{Script=Han}/u.test(text) ? (chinese === "zh-Hant" ? "zh-Hant" : "zh-Hans") : "en";
}
