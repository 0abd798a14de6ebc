/** A catalog of 200 entries, half in simplified and half in traditional Chinese: each district has each kind of data. */

interface Half {
  readonly lang: string;
  readonly region: string;
  readonly publisher: string;
  readonly districts: readonly string[];
  readonly subjects: readonly string[];
}

const HALVES: readonly Half[] = [
  {
    lang: "zh-Hans",
    region: "CN-GD",
    publisher: "深圳市政务服务和数据管理局",
    districts: [
      "福田区",
      "罗湖区",
      "南山区",
      "盐田区",
      "宝安区",
      "龙岗区",
      "龙华区",
      "坪山区",
      "光明区",
      "大鹏新区",
    ],
    subjects: [
      "公交站点",
      "空气质量监测",
      "学校名录",
      "医院床位",
      "公园绿地",
      "道路施工",
      "停车场",
      "图书馆藏书",
      "企业登记",
      "垃圾分类投放点",
    ],
  },
  {
    lang: "zh-Hant",
    region: "HK",
    publisher: "數字政策辦公室",
    districts: [
      "中西區",
      "灣仔區",
      "東區",
      "南區",
      "油尖旺區",
      "深水埗區",
      "九龍城區",
      "黃大仙區",
      "觀塘區",
      "沙田區",
    ],
    subjects: [
      "巴士路線",
      "空氣質素",
      "學校名冊",
      "醫院輪候時間",
      "康樂設施",
      "道路工程",
      "泊車位",
      "圖書館館藏",
      "公司註冊",
      "回收點",
    ],
  },
];

/** As JSON lines. */
export function chineseCatalog(): string {
  return HALVES.flatMap(({ districts, subjects, ...common }) =>
    districts.flatMap((district, d) =>
      subjects.map((subject, s) => {
        const title = `${district}${subject}（2026年第${s + 1}版）`;
        return JSON.stringify({ id: `${common.region}:${d}-${s}`, title, ...common });
      }),
    ),
  ).join("\n");
}
